import { randomUUID } from 'node:crypto'
import type { Reader, Writer } from '../store/reader.ts'

/** The password hashes of accounts. */
export function credentials(reader: Reader) {
  return reader
    .selectFrom('credentials')
    .innerJoin('users', 'users.id', 'credentials.userId')
    .where('providerId', '=', 'credential')
}

/** Whether a hash is that of the account's current password and the account is enabled. */
export async function isPassword(reader: Reader, id: string, hash: string): Promise<boolean> {
  const found = await credentials(reader)
    .select('users.id')
    .where('users.id', '=', id)
    .where('credentials.password', '=', hash)
    .where('disabled', '=', 0)
    .executeTakeFirst()
  return found !== undefined
}

/** Sets an account's password in a transaction, which ends its sessions and its password link. */
export async function setPassword(writer: Writer, id: string, hash: string): Promise<void> {
  await endAccess(writer, id)
  const at = new Date().toISOString()
  const own = { userId: id, accountId: id, providerId: 'credential' }
  const { numUpdatedRows } = await writer
    .updateTable('credentials')
    .set({ password: hash, updatedAt: at })
    .where('userId', '=', id)
    .where('providerId', '=', 'credential')
    .executeTakeFirst()
  if (numUpdatedRows > 0n) return
  const row = { id: randomUUID(), ...own, password: hash, createdAt: at, updatedAt: at }
  await writer.insertInto('credentials').values(row).execute()
}

/**
 * Ends all access to an account except by its password: its sessions and its password link. Called in the transaction that replaces
 * or suspends a credential; removing an account does the same by foreign keys. Device tokens (`known-devices.ts`) are signed with
 * the password hash and become invalid with it.
 */
export async function endAccess(writer: Writer, accountId: string): Promise<void> {
  await writer.deleteFrom('sessions').where('userId', '=', accountId).execute()
  await writer.deleteFrom('password_links').where('user_id', '=', accountId).execute()
}
