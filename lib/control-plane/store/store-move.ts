import type { Kysely } from 'kysely'
import * as z from 'zod'
import type { Tables } from './tables.ts'

/** The setting that says that a database is part of a move: of `npm run move-store`. It is never copied. */
export const STORE_MOVE = 'store_move'
/**
 * Also a name among the migrations of a PostgreSQL database that was moved away, so that a control plane that was disconnected meanwhile
 * only reads: it takes it for a migration of a newer version.
 */
export const MOVED_AWAY = 'moved-away'

/** What a database has to do with a move. */
export const StoreMove = z.object({
  /** Of the move, in both databases. */
  id: z.string(),
  /** `arriving`: rows are being copied into it. `left`: all rows were copied to the other database, which is used from then on. */
  state: z.enum(['arriving', 'left']),
  /** The other database, for people. */
  other: z.string(),
  at: z.string(),
})
export type StoreMove = z.output<typeof StoreMove>

/** Parses the setting's value. */
export const parseStoreMove = (value: string) => StoreMove.parse(JSON.parse(value))

/** @throws Error that explains to the operator what to do if a database's store has moved to another one, or has not arrived */
export async function refuseMovedStore(db: Kysely<Tables>, name: string): Promise<void> {
  const query = db.selectFrom('settings').select('value').where('key', '=', STORE_MOVE)
  const found = await query.executeTakeFirst()
  if (found) throw new Error(moveText(parseStoreMove(found.value), name))
}

/** Why a database can't be used, and what to do. */
export function moveText({ state, other, at }: StoreMove, name: string): string {
  if (state === 'arriving') {
    return (
      `The move of the store from the database ${other} to ${name} has not finished. Run npm run move-store again, ` +
      `or start Fairlead with ${other} as before.`
    )
  }
  return (
    `The store has moved from the database ${name} to ${other} at ${at}. Set or unset FAIRLEAD_DATABASE_URL so that Fairlead uses ` +
    `${other}. To go on with ${name} all the same, without later changes, run npm run move-store -- --undo.`
  )
}
