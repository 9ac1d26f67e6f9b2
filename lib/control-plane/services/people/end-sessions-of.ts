import type { Writer } from '../../store/store.ts'

/** Ends all sessions of a person, with the change that is the reason. */
export async function endSessionsOf(writer: Writer, userId: string): Promise<void> {
  await writer.deleteFrom('sessions').where('userId', '=', userId).execute()
}
