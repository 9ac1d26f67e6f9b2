import { randomUUID } from 'node:crypto'
import type { Reader, Writer } from '../store/store.ts'
import { endAccess } from './end-access.ts'

/** People's passwords, of which the database has hashes. */
export function credentials(reader: Reader) {
  return reader
    .selectFrom('credentials')
    .innerJoin('users', 'users.id', 'credentials.userId')
    .where('providerId', '=', 'credential')
}

/** Whether a hash is that of a person's password still, and they may log in. */
export async function isPassword(reader: Reader, id: string, hash: string): Promise<boolean> {
  const found = await credentials(reader)
    .select('users.id')
    .where('users.id', '=', id)
    .where('credentials.password', '=', hash)
    .where('disabled', '=', 0)
    .executeTakeFirst()
  return found !== undefined
}

/** Sets a person's password, their first or another, within a transaction. It ends their sessions and their link. */
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
