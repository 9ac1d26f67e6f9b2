import type { Reader, Writer } from './reader.ts'

const KEY = 'history_horizon'

/**
 * The ID of the newest history entry whose retention is over; 0 if there is none. Entries up to it are not shown. Some of them are
 * still stored, because the states after later changes are computed from them.
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
