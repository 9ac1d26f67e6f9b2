import { randomUUID } from 'node:crypto'
import { timestamp } from '../clock.ts'
import { moveText, type StoreMove } from '../store/store-move.ts'
import { type Compared, compareTable } from './compare-table.ts'
import { copyTable } from './copy-table.ts'
import type { Place } from './place.ts'
import { sharedTables } from './shared-tables.ts'

/** What a move has done. */
export type MoveStep =
  | { type: 'copied'; table: string; rows: number; done: number; total: number }
  | ({ type: 'compared'; table: string; done: number; total: number } & Compared)

/**
 * Moves a store from one database to another, with every row as it is stored. It can be killed at any moment: the target is unusable
 * until all rows have arrived, and the source is usable until then. The same call afterwards starts over, or finishes.
 * @param report called often: after every batch of rows
 * @throws Error that explains to the operator what is wrong and what to do
 */
export async function moveStore(
  source: Place,
  target: Place,
  report: (step: MoveStep) => void,
): Promise<void> {
  const [left, arrived] = [await source.readMove(), await target.readMove()]
  if (left?.state === 'left' && arrived?.state === 'arriving' && arrived.id === left.id) {
    return target.release()
  }
  if (left) throw new Error(moveText(left, source.name))
  const move = { id: randomUUID(), at: timestamp() }
  const from = await source.openSource()
  try {
    const arriving: StoreMove = { ...move, state: 'arriving', other: source.name }
    const to = await target.openTarget(arriving)
    try {
      const tables = await sharedTables(from.tables, to.tables)
      let [done, total] = [0, 0]
      for (const table of tables) total += await from.tables.count(table)
      await to.tables.empty(tables)
      for (const table of tables) {
        await copyTable(table, from.tables, to.tables, (rows, batch) => {
          done += batch
          report({ type: 'copied', table: table.name, rows, done, total })
        })
      }
      done = 0
      for (const table of tables) {
        const compared = await compareTable(table, [source, from.tables], [target, to.tables])
        done += compared.rows
        report({ type: 'compared', table: table.name, ...compared, done, total })
      }
      await to.publish()
    } finally {
      await to.close()
    }
    await from.leave({ ...move, state: 'left', other: target.name })
  } finally {
    await from.close()
  }
  await target.release()
}

/** Makes a database usable again that a store has left. @throws Error that explains to the operator why that can't be */
export async function undoMove(place: Place): Promise<StoreMove> {
  const move = await place.readMove()
  if (!move) throw new Error(`No store has moved away from ${place.name}.`)
  if (move.state === 'arriving') throw new Error(moveText(move, place.name))
  await place.release()
  return move
}
