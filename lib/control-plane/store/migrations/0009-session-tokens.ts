import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'

type Tables = { sessions: { id: string; token: string } }

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url')

/** Stores session secrets as hashes. Existing sessions stay valid. */
export async function up(db: Kysely<Tables>): Promise<void> {
  const sessions = await db.selectFrom('sessions').select(['id', 'token']).execute()
  for (const { id, token } of sessions) {
    await db
      .updateTable('sessions')
      .set({ token: hashOf(token) })
      .where('id', '=', id)
      .execute()
  }
}
