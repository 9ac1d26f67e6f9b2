import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { notFound } from '../errors.ts'
import type { Reader, Writer } from '../store/reader.ts'
import type { LbRow, ResourceType } from '../store/tables.ts'
import { yieldEvery } from '../yield-every.ts'
import type { WriteContext } from './write-context.ts'

/** One entry of the history. `before` is null when the resource is created, `after` when it is deleted. */
export type Entry = {
  /** The load balancer whose history gets it, if `Changed` names none. */
  lbId?: string
  verb: string
  type: ResourceType
  id: string
  before: unknown
  after: unknown
}

type Changed<T> = {
  /** The load balancer whose history gets the entries, when its generation stays the same. */
  historyOf?: string
  /** Empty if nothing has changed. */
  entries: Entry[]
  /** Reads what `change` returns, after all writes. */
  result: (reader: Reader) => Promise<T>
}

/**
 * Takes a load balancer's lock and increments its generation. Call it before reading what the change depends on, or right
 * after inserting the load balancer.
 * @param above the new generation is also higher than this one
 * @returns the row as it was before
 * @throws ApiError 404
 */
export type LockLb = (id: string, above?: number) => Promise<LbRow>

/** Rolls the transaction back. The result is read afterwards. */
class NothingChanged<T> extends Error {
  readonly result: Changed<T>['result']

  constructor(result: Changed<T>['result']) {
    super('Nothing has changed')
    this.result = result
  }
}

/**
 * The only way for services to write: one transaction with the rows that `work` writes, the generation of the load balancer that
 * it locks, and the entries of the history. If anything fails, or the caller's rights have ended, nothing is written. After the commit
 * the readers of the change feed are woken.
 */
export async function change<T>(
  ctx: WriteContext,
  work: (writer: Writer, at: string, lockLb: LockLb) => Promise<Changed<T>>,
): Promise<T> {
  try {
    const value = await ctx.store.transaction(ctx.authority, async (writer) => {
      const stamp = ctx.store.stamp()
      let lb: LbRow | null = null
      const changed = await work(writer, stamp.at, async (id, above = 0) => {
        const row = await incrementGeneration(writer, id, above)
        lb = row
        return { ...row, generation: row.generation - 1 }
      })
      await writeHistory(ctx, writer, stamp, lb, changed)
      return changed.result(writer)
    })
    ctx.commits.notify()
    return value
  } catch (error) {
    if (error instanceof NothingChanged) return error.result(ctx.store.reader)
    throw error
  }
}

/** A change of one load balancer, or of anything under it. `lb` is its row as it was before. @throws ApiError 404 */
export function changeLb<T>(
  ctx: WriteContext,
  id: string,
  work: (writer: Writer, at: string, lb: LbRow) => Promise<Changed<T>>,
): Promise<T> {
  return change(ctx, async (writer, at, lockLb) => work(writer, at, await lockLb(id)))
}

/** One statement locks the row and increments, so that two transactions can't compute the same generation. */
async function incrementGeneration(writer: Writer, id: string, above: number): Promise<LbRow> {
  const higher = sql<number>`case when generation < ${above} then ${above} else generation end`
  const lb = await writer
    .updateTable('lbs')
    .set({ generation: sql<number>`${higher} + 1` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (!lb) throw notFound('lb')
  return lb
}

type Stamp = { at: string; sequence: string }

/** Writes the entries, and the name and time of the generation. @param lb the locked load balancer */
async function writeHistory<T>(
  ctx: WriteContext,
  writer: Writer,
  { at, sequence }: Stamp,
  lb: LbRow | null,
  { historyOf, entries, result }: Changed<T>,
): Promise<void> {
  // Readers of the change feed find a generation by its entries. One without entries would never reach the nodes.
  if (lb && entries.length === 0) throw new NothingChanged(result)
  const revision = lb && randomUUID()
  if (lb && revision) {
    const columns = { changed_at: at, revision }
    await writer.updateTable('lbs').set(columns).where('id', '=', lb.id).execute()
  }
  const { actor, origin } = ctx
  const yieldWhenDue = yieldEvery()
  for (const { lbId, verb, type, id, before, after } of entries) {
    const row = {
      lb_id: lb?.id ?? historyOf ?? lbId ?? null,
      generation: lb?.generation ?? null,
      revision,
      at,
      sequence,
      actor_kind: actor.kind,
      actor_id: actor.id,
      actor_name: actor.name,
      address: origin?.address ?? null,
      request_id: origin?.requestId ?? null,
      verb,
      resource_type: type,
      resource_id: id,
      before,
      after,
    }
    await writer.insertInto('changes').values(row).execute()
    // SQLite is synchronous, so a long transaction would block the event loop.
    await yieldWhenDue()
  }
  await yieldWhenDue()
}
