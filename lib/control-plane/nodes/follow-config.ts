import type { RegisteredNode } from '#lib/core/node.ts'
import { faultMessage, reportFault } from '#lib/process/faults.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { type ConfigMessage, type FollowRequest, PING_INTERVAL_MS } from '#lib/protocol/stream.ts'
import type { Placements } from '../placement/placements.ts'
import { type PlanInput, plan } from '../plan/plan.ts'
import { ChangeFeed } from '../store/change-feed.ts'
import { lbBatches } from '../store/lb-batches.ts'
import type { Reader } from '../store/reader.ts'
import type { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'
import type { LbRow } from '../store/tables.ts'
import { nextIteration } from '../yield-every.ts'
import type { Divergences } from './divergence/divergences.ts'
import { loadPlanInputs } from './load-plan-inputs.ts'
import type { PlanFailure } from './observed/fleet.ts'
import type { NodeStream } from './streams/node-stream.ts'

/** Load balancers in one query, so that neither the query nor the memory grows with the fleet. */
const BATCH = 100

type Follow = {
  store: Store
  commits: Signal
  /** Nothing is sent for load balancers that have diverged. */
  divergences: Divergences
  /** Draft checks for the node. */
  asked: NodeStream
  placements: Placements
  node: RegisteredNode
  /** The configurations that the node has. */
  known: FollowRequest['known']
  signal: AbortSignal
  /** Called with the outcome of planning each load balancer. */
  onPlanned?: (lbId: string, failure: PlanFailure | null) => void
}

/**
 * The messages of a node's stream, without end: first all load balancers of its region that differ from what it has, then each
 * whose generation changes. `remove` comes before `apply`, so that an address is free before another load balancer gets it. The
 * change feed says which load balancers changed, so the cost is that of the changes, not of the fleet.
 */
export async function* followConfig(follow: Follow): AsyncGenerator<ConfigMessage> {
  const feed = await ChangeFeed.open(follow.store.reader, follow.commits)
  follow.asked.onMessage = () => feed.notify()
  const placed = new Set<string>()
  const unsubscribe = follow.placements.subscribe((lbIds) => {
    for (const id of lbIds) placed.add(id)
    feed.notify()
  })
  try {
    yield* messages(follow, feed, placed)
  } finally {
    unsubscribe()
    feed.close()
  }
}

/** @param placed the load balancers whose placement has changed; emptied as they are read */
async function* messages(
  follow: Follow,
  feed: ChangeFeed,
  placed: Set<string>,
): AsyncGenerator<ConfigMessage> {
  const { store, asked, divergences, signal } = follow
  const known = Object.entries(follow.known).map(([id, { revision }]) => [id, revision] as const)
  const node: NodeState = { revisions: new Map(known), withheld: new Set() }
  let divergenceCount = divergences.count
  const current = await revisions(store.reader, follow)
  const differing = [...current].filter(([id, revision]) => node.revisions.get(id) !== revision)
  const missing = [...node.revisions.keys()].filter((id) => !current.has(id))
  yield* updates(follow, [...missing, ...differing.map(([id]) => id)], node)
  yield { type: 'synced' }
  // Draft checks that were requested before the feed was open.
  yield* asked.take()
  let sentAt = performance.now()
  for (;;) {
    await feed.wait(sentAt + PING_INTERVAL_MS - performance.now(), signal)
    if (signal.aborted) return
    yield* asked.take()
    const changes = await feed.read()
    const resolved = divergences.count === divergenceCount ? [] : [...node.withheld]
    divergenceCount = divergences.count
    const changed = changes.flatMap(({ lb_id }) => lb_id ?? [])
    const ids = new Set([...changed, ...resolved, ...placed])
    placed.clear()
    for await (const message of updates(follow, [...ids], node)) {
      yield message
      sentAt = performance.now()
    }
    // Changes of other regions wake this stream too, so the ping depends on what was sent.
    if (performance.now() - sentAt < PING_INTERVAL_MS) continue
    yield { type: 'ping' }
    sentAt = performance.now()
  }
}

/** The revision of each load balancer that the node has, and the load balancers that it gets no messages of, because they diverged. */
type NodeState = { revisions: Map<string, string>; withheld: Set<string> }

/** The messages that bring the node up to date with these load balancers. */
async function* updates(
  follow: Follow,
  ids: string[],
  { revisions, withheld }: NodeState,
): AsyncGenerator<ConfigMessage> {
  const { divergences, onPlanned } = follow
  const { reader } = follow.store
  const existing = await placedAmong(reader, follow, ids)
  for (const id of ids) {
    if (existing.has(id) || !revisions.has(id)) continue
    if (divergences.reasonFor(id, null)) {
      withheld.add(id)
      continue
    }
    withheld.delete(id)
    revisions.delete(id)
    yield { type: 'remove', lb_id: id }
  }
  for await (const batch of lbBatches(reader, [...existing])) {
    const isOutdated = ({ id, revision }: LbRow) => revisions.get(id) !== revision
    for (const input of await inputsOf({ ...follow, ids: batch, isOutdated })) {
      const { id, revision } = input.lb
      if (divergences.reasonFor(id, input.address)) {
        withheld.add(id)
        continue
      }
      withheld.delete(id)
      revisions.set(id, revision)
      // Planning and encoding a large load balancer take milliseconds each, for each node.
      await nextIteration()
      yield* planned(input, onPlanned)
    }
  }
}

/** Those that exist and that the node is to have. */
async function placedAmong(
  reader: Reader,
  { placements, node }: Pick<Follow, 'placements' | 'node'>,
  ids: string[],
): Promise<Set<string>> {
  const placed = new Set<string>()
  for (const batch of batches(ids)) {
    const rows = await reader.selectFrom('lbs').select('id').where('id', 'in', batch).execute()
    for (const { id } of rows) if (placements.isOn(node, id)) placed.add(id)
  }
  return placed
}

type InputRequest = Pick<Follow, 'store' | 'placements' | 'node' | 'onPlanned'> & {
  ids: string[]
  isOutdated: (lb: LbRow) => boolean
}

/** Reads the rows of outdated load balancers. If that fails, reads each load balancer by itself, so that the others aren't affected. */
async function inputsOf(request: InputRequest): Promise<PlanInput[]> {
  try {
    return await readInputs(request)
  } catch (fault) {
    const { store, ids, onPlanned } = request
    const [id = '', ...others] = ids
    if (others.length === 0) {
      reportFault(fault, 'configuration')
      const generation = await generationOf(store.reader, id)
      onPlanned?.(id, { generation, reason: faultMessage(fault) })
      return []
    }
    const inputs: PlanInput[] = []
    for (const one of ids) inputs.push(...(await inputsOf({ ...request, ids: [one] })))
    return inputs
  }
}

/** In a snapshot, so that all rows belong to the generation that is read with them. */
async function readInputs(request: InputRequest): Promise<PlanInput[]> {
  const { store, placements, node, ids, isOutdated } = request
  const carriageFor = (lbId: string) => placements.carriageFor(node, lbId)
  return store.snapshot(async (reader) => {
    const lbs = await reader
      .selectFrom('lbs')
      .selectAll()
      .where('id', 'in', ids)
      .where('region', '=', node.region)
      .execute()
    return loadPlanInputs(reader, lbs.filter(isOutdated), carriageFor)
  })
}

async function generationOf(reader: Reader, id: string): Promise<number> {
  const query = reader.selectFrom('lbs').select('generation').where('id', '=', id)
  return (await query.executeTakeFirst())?.generation ?? 0
}

/** If planning throws, nodes keep the load balancer's former configuration, and the other load balancers get theirs. */
function* planned(input: PlanInput, onPlanned: Follow['onPlanned']): Generator<ConfigMessage> {
  const { id, generation } = input.lb
  let config: DesiredConfig
  try {
    config = plan(input)
  } catch (fault) {
    reportFault(fault, 'configuration')
    onPlanned?.(id, { generation, reason: faultMessage(fault) })
    return
  }
  onPlanned?.(id, null)
  yield { type: 'apply', config }
}

function batches(ids: string[]): string[][] {
  const count = Math.ceil(ids.length / BATCH)
  return Array.from({ length: count }, (_, i) => ids.slice(i * BATCH, (i + 1) * BATCH))
}

/** The revision of each load balancer that the node is to have. */
async function revisions(
  reader: Reader,
  { placements, node }: Pick<Follow, 'placements' | 'node'>,
): Promise<Map<string, string>> {
  const query = reader.selectFrom('lbs').select(['id', 'revision'])
  const rows = await query.where('region', '=', node.region).execute()
  const own = rows.filter(({ id }) => placements.isOn(node, id))
  return new Map(own.map(({ id, revision }) => [id, revision]))
}
