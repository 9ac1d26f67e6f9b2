import type { Writer } from '../store/store.ts'

/**
 * Ends every way into a person's account but its password: all sessions and the link for a new password. Whatever
 * replaces or suspends a credential does so, in its own transaction. Removing the account has the same effect by its
 * foreign keys. Devices that have logged in (`known-devices.ts`) are signed with the password's hash, and so end with it.
 */
export async function endAccess(writer: Writer, accountId: string): Promise<void> {
  await writer.deleteFrom('sessions').where('userId', '=', accountId).execute()
  await writer.deleteFrom('password_links').where('user_id', '=', accountId).execute()
}
