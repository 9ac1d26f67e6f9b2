import type { Reader, Writer } from './store.ts'

const KEY = 'history_horizon'

/**
 * The id of the last line of the history that is no longer kept; 0 where all are. Lines up to it are shown to nobody: those
 * that are still there are what later states are made from.
 */
export async function historyHorizon(reader: Reader): Promise<number> {
  const query = reader.selectFrom('settings').select('value').where('key', '=', KEY)
  return Number((await query.executeTakeFirst())?.value ?? 0)
}

export async function setHistoryHorizon(writer: Writer, horizon: number): Promise<void> {
  const value = String(horizon)
  await writer
    .insertInto('settings')
    .values({ key: KEY, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}
