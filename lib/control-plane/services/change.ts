import { randomUUID } from 'node:crypto'
import { findLbAnywhere } from '../store/find.ts'
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
 * Reads a load balancer, which gets its next generation with the history. Call it before reading what the change depends on, or right
 * after inserting the load balancer. No other transaction can read the same generation, because write transactions run one after the other.
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
        const row = await findLbAnywhere(writer, id)
        lb = { ...row, generation: Math.max(row.generation, above) + 1 }
        return row
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

/** Entries in one statement. */
const ENTRIES_AT_ONCE = 20

type Stamp = { at: string; sequence: string }

/** Writes the entries, and the generation with its name and time. @param lb the load balancer with its next generation */
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
    await writer
      .updateTable('lbs')
      .set({ generation: lb.generation, changed_at: at, revision })
      .where('id', '=', lb.id)
      .execute()
  }
  const { actor, origin } = ctx
  const yieldWhenDue = yieldEvery()
  for (let first = 0; first < entries.length; first += ENTRIES_AT_ONCE) {
    const some = entries.slice(first, first + ENTRIES_AT_ONCE)
    const rows = some.map(({ lbId, verb, type, id, before, after }) => ({
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
    }))
    await writer.insertInto('changes').values(rows).execute()
    // SQLite is synchronous, so a long transaction would block the event loop.
    await yieldWhenDue()
  }
  await yieldWhenDue()
}
