import { randomUUID } from 'node:crypto'
import type { Context } from '../context.ts'
import type { Writer } from '../store/store.ts'
import type { LbRow, ResourceType } from '../store/tables.ts'
import { yieldEvery } from '../yield-every.ts'
import type { Write } from './call.ts'

/** One line of the history: what was done to what. `before` and `after` are its rows; null before it was, and after. */
export type Entry = {
  verb: string
  type: ResourceType
  id: string
  before: unknown
  after: unknown
}

type Changed<T> = {
  /** The load balancer that it is a change of; null for an IP that belongs to none. */
  lb: LbRow | null
  /** The load balancer in whose history it is, where it changes nothing of it. */
  historyOf?: string
  /** Without entries nothing has changed, and the generation stays. */
  entries: Entry[]
  /** Reads what `change` returns, after all writes and in the same transaction. */
  result: () => Promise<T>
}

/**
 * The one way to write: a transaction with the rows that `work` writes, the load balancer's next generation and the
 * history. If any of it fails, or the caller no longer has the right, nothing has happened. Afterwards whoever follows the
 * store is woken.
 */
export async function change<T>(
  ctx: Pick<Context, Write>,
  work: (writer: Writer, at: string) => Promise<Changed<T>>,
): Promise<T> {
  const returned = await ctx.store.transaction(ctx.authority, async (writer) => {
    const { at, sequence } = ctx.store.stamp()
    const { lb, historyOf, entries, result } = await work(writer, at)
    // The push follows the history: a generation without a line in it would never reach the nodes.
    const moves = lb !== null && entries.length > 0
    const generation = moves ? lb.generation + 1 : null
    const revision = moves ? randomUUID() : null
    if (lb && generation && revision) {
      await writer
        .updateTable('lbs')
        .set({ generation, changed_at: at, revision })
        .where('id', '=', lb.id)
        .execute()
    }
    const lbId = lb?.id ?? historyOf ?? null
    const yieldWhenDue = yieldEvery()
    for (const entry of entries) {
      await record(ctx, writer, { lbId, generation, revision, at, sequence, entry })
      // SQLite is synchronous, so a long transaction would block the event loop.
      await yieldWhenDue()
    }
    await yieldWhenDue()
    return result()
  })
  ctx.commits.notify()
  return returned
}

type Line = {
  lbId: string | null
  generation: number | null
  revision: string | null
  at: string
  sequence: string
  entry: Entry
}

async function record(
  ctx: Pick<Context, Write>,
  writer: Writer,
  { lbId, generation, revision, at, sequence, entry }: Line,
) {
  const line = {
    lb_id: lbId,
    generation,
    revision,
    at,
    sequence,
    actor_kind: ctx.actor.kind,
    actor_id: ctx.actor.id,
    actor_name: ctx.actor.name,
    address: ctx.origin?.address ?? null,
    request_id: ctx.origin?.requestId ?? null,
    verb: entry.verb,
    resource_type: entry.type,
    resource_id: entry.id,
    before: entry.before,
    after: entry.after,
  }
  await writer.insertInto('changes').values(line).execute()
}
