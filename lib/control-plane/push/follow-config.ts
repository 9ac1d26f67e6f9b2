import { type ConfigMessage, PING_INTERVAL_MS } from '#lib/config/stream.ts'
import type { Region } from '#lib/core/locality.ts'
import type { NodeStream } from '../drafts/node-stream.ts'
import { plan } from '../plan/plan.ts'
import type { Reader, Store } from '../store/store.ts'
import { Commits } from './commits.ts'
import { loadPlanInputs } from './load-plan-inputs.ts'

/** Load balancers read and planned at once, so that neither a query nor the memory grows with the fleet. */
const BATCH = 100

type Follow = {
  store: Store
  commits: Commits
  /** What the node is asked beside its load balancers. */
  asked: NodeStream
  region: Region
  /** The generations that the node already has. */
  known: Record<string, number>
  signal: AbortSignal
}

/**
 * What a node is told, without end: at first all that differs from what it has, then every load balancer of its
 * region as its generation moves. What is gone comes before what is new, so that an address is free before another
 * load balancer takes it. What moved is read from the history after a cursor, both when a commit wakes it and when
 * the ping is due: the cost is that of the change, not of the fleet.
 */
export async function* followConfig(follow: Follow): AsyncGenerator<ConfigMessage> {
  // Wakes this stream alone, where commits wake all.
  const wake = new Commits()
  const notify = () => wake.notify()
  follow.asked.onMessage = notify
  const unsubscribe = follow.commits.subscribe(notify)
  try {
    yield* messages(follow, wake)
  } finally {
    unsubscribe()
  }
}

async function* messages(follow: Follow, wake: Commits): AsyncGenerator<ConfigMessage> {
  const { store, asked, region, signal } = follow
  const sent = new Map(Object.entries(follow.known))
  let seen = wake.count
  let cursor = await lastChange(store.reader)
  const current = await generations(store.reader, region)
  const unknown = [...current].filter(([id, generation]) => sent.get(id) !== generation)
  const missing = [...sent.keys()].filter((id) => !current.has(id))
  const gone = await withHistory(store.reader, missing)
  yield* tell(store.reader, region, [...gone, ...unknown.map(([id]) => id)], sent)
  yield { type: 'synced' }
  // Asked before there was anyone to wake.
  yield* asked.take()
  let spokeAt = performance.now()

  for (;;) {
    await wake.after(seen, spokeAt + PING_INTERVAL_MS - performance.now(), signal)
    if (signal.aborted) return
    seen = wake.count
    yield* asked.take()
    const changes = await changesAfter(store.reader, cursor)
    cursor = changes.at(-1)?.id ?? cursor
    const ids = [...new Set(changes.map(({ lb_id }) => lb_id))]
    for await (const message of tell(store.reader, region, ids, sent)) {
      yield message
      spokeAt = performance.now()
    }
    // Other regions' changes wake this one too, so the ping goes by what was said, not by what woke it.
    if (performance.now() - spokeAt < PING_INTERVAL_MS) continue
    yield { type: 'ping' }
    spokeAt = performance.now()
  }
}

/** Brings the node up to date on the named load balancers, whatever has become of them. */
async function* tell(
  reader: Reader,
  region: Region,
  ids: string[],
  sent: Map<string, number>,
): AsyncGenerator<ConfigMessage> {
  const existing = new Set<string>()
  for (const batch of batches(ids)) {
    const rows = await reader.selectFrom('lbs').select('id').where('id', 'in', batch).execute()
    for (const { id } of rows) existing.add(id)
  }
  for (const id of ids) {
    if (!existing.has(id) && sent.delete(id)) yield { type: 'remove', lb_id: id }
  }
  for (const batch of batches([...existing])) {
    const lbs = await reader
      .selectFrom('lbs')
      .selectAll()
      .where('id', 'in', batch)
      .where('region', '=', region)
      .execute()
    const moved = lbs.filter(({ id, generation }) => sent.get(id) !== generation)
    for (const input of await loadPlanInputs(reader, moved)) {
      sent.set(input.lb.id, input.lb.generation)
      yield { type: 'apply', config: plan(input) }
    }
  }
}

function batches(ids: string[]): string[][] {
  const count = Math.ceil(ids.length / BATCH)
  return Array.from({ length: count }, (_, i) => ids.slice(i * BATCH, (i + 1) * BATCH))
}

/**
 * Those that this store has known. A node is not told to drop a load balancer that the store has never heard of: a
 * database that was lost must not take the traffic with it.
 */
async function withHistory(reader: Reader, ids: string[]): Promise<string[]> {
  const known: string[] = []
  for (const batch of batches(ids)) {
    const query = reader.selectFrom('changes').select('lb_id').distinct()
    const rows = await query.where('lb_id', 'in', batch).execute()
    known.push(...rows.flatMap(({ lb_id }) => lb_id ?? []))
  }
  return known
}

async function lastChange(reader: Reader): Promise<number> {
  const query = reader.selectFrom('changes').select(({ fn }) => fn.max('id').as('id'))
  return (await query.executeTakeFirst())?.id ?? 0
}

async function generations(reader: Reader, region: Region): Promise<Map<string, number>> {
  const query = reader.selectFrom('lbs').select(['id', 'generation']).where('region', '=', region)
  return new Map((await query.execute()).map(({ id, generation }) => [id, generation]))
}

async function changesAfter(reader: Reader, cursor: number) {
  return reader
    .selectFrom('changes')
    .select(['id', 'lb_id'])
    .where('id', '>', cursor)
    .where('lb_id', 'is not', null)
    .$narrowType<{ lb_id: string }>()
    .orderBy('id')
    .execute()
}
