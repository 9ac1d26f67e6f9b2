import type { RegisteredNode } from '#lib/core/node.ts'
import { faultMessage, reportFault } from '#lib/process/faults.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { ConfigMessage, FollowRequest } from '#lib/protocol/stream.ts'
import type { Placements } from '../placement/placements.ts'
import type { RollOuts } from '../placement/roll-outs.ts'
import { type PlanInput, plan } from '../plan/plan.ts'
import { DatabaseProblem } from '../store/database-problem.ts'
import { lbBatches } from '../store/lb-batches.ts'
import type { Reader } from '../store/reader.ts'
import type { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'
import type { LbRow } from '../store/tables.ts'
import { nextIteration } from '../yield-every.ts'
import type { Divergences } from './divergence/divergences.ts'
import { loadPlanInputs } from './load-plan-inputs.ts'
import type { PlanFailure } from './observed/fleet.ts'
import { type PlacedLbs, placedLbs } from './placed-lbs.ts'
import type { NodeStream } from './streams/node-stream.ts'

/** Load balancers in one query, so that neither the query nor the memory grows with the fleet. */
const BATCH = 100

/** What a node's stream is made from. */
export type Follow = {
  store: Store
  commits: Signal
  /** Nothing is sent for load balancers that have diverged. */
  divergences: Divergences
  /** Draft checks for the node. */
  asked: NodeStream
  placements: Placements
  /** Decides which host of a pair is sent a generation first. */
  rollOuts: RollOuts
  node: RegisteredNode
  /** The configurations that the node has. */
  known: FollowRequest['known']
  signal: AbortSignal
  /** Called with the outcome of planning each load balancer. */
  onPlanned?: (lbId: string, failure: PlanFailure | null) => void
  /** The operator has decided on diverged load balancers at another control plane. */
  onDecided?: (lbIds: string[]) => void
}

/** What a node has been sent, and what it waits for. */
export type NodeState = {
  /** The revision of each load balancer that the node has. */
  revisions: Map<string, string>
  /** The load balancers that it gets no messages of, because they diverged. */
  withheld: Set<string>
  /** Since when a load balancer's next generation waits for the other host of its pair, of `performance.now()`. */
  waiting: Map<string, number>
  /** The newest position in the row log of what was read. */
  asOf: number
  /** Whether the database has an earlier position than before: it was restored, or its failover has lost changes. */
  isRewound: boolean
  /** The load balancers of which nothing could be said, as `PlacedLbs` explains. */
  unsettled: Set<string>
  /** The load balancers whose placement has changed, or that may have stopped waiting; emptied as they are read. */
  again: Set<string>
}

/** The messages that bring the node up to date with these load balancers. */
export async function* updates(
  follow: Follow,
  ids: string[],
  state: NodeState,
): AsyncGenerator<ConfigMessage> {
  const existing = new Set<string>()
  for (const batch of batches(ids)) {
    const { placed, unsettled, asOf } = await readPlaced(follow, batch)
    state.isRewound ||= (asOf ?? 0) < state.asOf
    if (state.isRewound) return
    state.asOf = asOf ?? 0
    const gone = batch.filter((id) => !placed.has(id) && !unsettled.has(id))
    for (const id of gone) state.waiting.delete(id)
    for (const id of batch) state.unsettled.delete(id)
    for (const id of unsettled) state.unsettled.add(id)
    for (const id of placed) existing.add(id)
    yield* removals(follow, gone, state, asOf)
  }
  yield* provenConfigs(follow, existing, state)
  for await (const batch of lbBatches(follow.store.reader, [...existing])) {
    yield* newestConfigs(follow, batch, state)
  }
}

function readPlaced(follow: Follow, ids: string[]): Promise<PlacedLbs> {
  const { store } = follow
  if (!store.isShared) return placedLbs(store.reader, follow, ids)
  return store.snapshot((reader) => placedLbs(reader, follow, ids))
}

function* removals(
  { divergences }: Follow,
  ids: string[],
  { revisions, withheld }: NodeState,
  as_of: number | undefined,
): Generator<ConfigMessage> {
  for (const id of ids) {
    if (!revisions.has(id)) continue
    if (divergences.reasonFor(id, null)) {
      withheld.add(id)
      continue
    }
    withheld.delete(id)
    revisions.delete(id)
    yield { type: 'remove', lb_id: id, as_of }
  }
}

/** What the other host of a pair has applied. */
function* provenConfigs(
  { divergences, rollOuts, node }: Follow,
  ids: Iterable<string>,
  { revisions, waiting }: NodeState,
): Generator<ConfigMessage> {
  for (const id of ids) {
    const { config, asOf } = rollOuts.proven(node, id) ?? {}
    if (!config?.revision || config.revision === revisions.get(id)) continue
    if (divergences.reasonFor(id, config.address)) continue
    waiting.delete(id)
    revisions.set(id, config.revision)
    yield { type: 'apply', config, as_of: asOf }
  }
}

/** What the database has, of those that need not wait. */
async function* newestConfigs(
  follow: Follow,
  ids: string[],
  state: NodeState,
): AsyncGenerator<ConfigMessage> {
  const { divergences, rollOuts, node } = follow
  const { revisions, withheld, waiting } = state
  const admitted = new Set<string>()
  const isDue = (lb: LbRow) => isOutdated(follow, state, admitted, lb)
  try {
    const request = { ...follow, ids, isDue, unsettled: state.unsettled }
    for (const { input, asOf } of await inputsOf(request)) {
      const { id, revision } = input.lb
      if (divergences.reasonFor(id, input.address)) {
        withheld.add(id)
        continue
      }
      withheld.delete(id)
      const former = revisions.get(id)
      revisions.set(id, revision)
      // Planning and encoding a large load balancer take milliseconds each, for each node.
      await nextIteration()
      const config = planned(input, follow.onPlanned)
      if (!config) continue
      if (!rollOuts.sent(node, config, asOf)) {
        if (former === undefined) revisions.delete(id)
        else revisions.set(id, former)
        waiting.set(id, performance.now())
        continue
      }
      admitted.delete(id)
      yield { type: 'apply', config, as_of: asOf }
    }
  } finally {
    for (const id of admitted) rollOuts.cancel(node, id)
  }
}

/** Whether the node has another revision, and may be sent this one now. @param admitted gets it if so */
function isOutdated(
  { rollOuts, node }: Follow,
  { revisions, waiting }: NodeState,
  admitted: Set<string>,
  lb: LbRow,
): boolean {
  if (revisions.get(lb.id) === lb.revision) {
    waiting.delete(lb.id)
    return false
  }
  const now = performance.now()
  const since = waiting.get(lb.id) ?? now
  const admission = rollOuts.admit(node, lb, since)
  if (admission !== 'admitted') {
    // A refusal has no limit, and the next generation begins to wait anew.
    waiting.set(lb.id, admission === 'waiting' ? since : now)
    return false
  }
  waiting.delete(lb.id)
  admitted.add(lb.id)
  return true
}

type InputRequest = Pick<Follow, 'store' | 'placements' | 'node' | 'onPlanned'> & {
  ids: string[]
  isDue: (lb: LbRow) => boolean
  /** Gets those of which nothing can be said. */
  unsettled: Set<string>
}

/** The rows of a load balancer, and the position in the row log of the snapshot that they were read from. */
type ReadInput = { input: PlanInput; asOf: number | undefined }

/** Reads the rows of the load balancers that are due. If that fails, reads each load balancer by itself, so that the others aren't affected. */
async function inputsOf(request: InputRequest): Promise<ReadInput[]> {
  try {
    return await readInputs(request)
  } catch (fault) {
    if (fault instanceof DatabaseProblem) throw fault
    const { store, ids, onPlanned } = request
    const [id = '', ...others] = ids
    if (others.length === 0) {
      reportFault(fault, 'configuration')
      const generation = await generationOf(store.reader, id)
      onPlanned?.(id, { generation, reason: faultMessage(fault) })
      return []
    }
    const inputs: ReadInput[] = []
    for (const one of ids) inputs.push(...(await inputsOf({ ...request, ids: [one] })))
    return inputs
  }
}

/** In a snapshot, so that all rows belong to the generation that is read with them. */
async function readInputs(request: InputRequest): Promise<ReadInput[]> {
  const { store, placements, node, isDue } = request
  const carriageFor = (lbId: string) => placements.carriageFor(node, lbId)
  return store.snapshot(async (reader) => {
    const { ids, asOf } = await stillPlaced(reader, request)
    if (ids.length === 0) return []
    const lbs = await reader
      .selectFrom('lbs')
      .selectAll()
      .where('id', 'in', ids)
      .where('region', '=', node.region)
      .execute()
    const inputs = await loadPlanInputs(reader, lbs.filter(isDue), carriageFor)
    return inputs.map((input) => ({ input, asOf }))
  })
}

/** Those that no other process has moved since. */
async function stillPlaced(
  reader: Reader,
  { ids, unsettled, ...follow }: InputRequest,
): Promise<{ ids: string[]; asOf: number | undefined }> {
  if (!follow.store.isShared) return { ids, asOf: undefined }
  const now = await placedLbs(reader, follow, ids)
  for (const id of ids) if (!now.placed.has(id)) unsettled.add(id)
  return { ids: ids.filter((id) => now.placed.has(id)), asOf: now.asOf }
}

async function generationOf(reader: Reader, id: string): Promise<number> {
  const query = reader.selectFrom('lbs').select('generation').where('id', '=', id)
  return (await query.executeTakeFirst())?.generation ?? 0
}

/** If planning throws, nodes keep the load balancer's former configuration, and the other load balancers get theirs. */
function planned(input: PlanInput, onPlanned: Follow['onPlanned']): DesiredConfig | null {
  const { id, generation } = input.lb
  try {
    const config = plan(input)
    onPlanned?.(id, null)
    return config
  } catch (fault) {
    reportFault(fault, 'configuration')
    onPlanned?.(id, { generation, reason: faultMessage(fault) })
    return null
  }
}

function batches(ids: string[]): string[][] {
  const count = Math.ceil(ids.length / BATCH)
  return Array.from({ length: count }, (_, i) => ids.slice(i * BATCH, (i + 1) * BATCH))
}
