import type { Region } from '#lib/core/locality.ts'
import { reportFault, wordsOfFault } from '#lib/process/faults.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { type ConfigMessage, type Known, PING_INTERVAL_MS } from '#lib/protocol/stream.ts'
import { type PlanInput, plan } from '../plan/plan.ts'
import { lbBatches } from '../store/lb-batches.ts'
import { Signal } from '../store/signal.ts'
import type { Reader, Store } from '../store/store.ts'
import type { LbRow } from '../store/tables.ts'
import { nextIteration } from '../yield-every.ts'
import type { Divergences } from './divergence/divergences.ts'
import { loadPlanInputs } from './load-plan-inputs.ts'
import type { PlanFailure } from './observed/fleet.ts'
import type { NodeStream } from './streams/node-stream.ts'

/** Load balancers looked up at once, so that neither a query nor the memory grows with the fleet. */
const BATCH = 100

type Follow = {
  store: Store
  commits: Signal
  /** What this node or another has, and the database never had: nothing is said of it. */
  divergences: Divergences
  /** What the node is asked beside its load balancers. */
  asked: NodeStream
  region: Region
  /** What the node already has. */
  known: Known['known']
  signal: AbortSignal
  /** Called with the outcome of planning each load balancer. */
  onPlanned?: (lbId: string, failure: PlanFailure | null) => void
}

/**
 * What a node is told, without end: at first all that differs from what it has, then every load balancer of its
 * region as its generation moves. What is gone comes before what is new, so that an address is free before another
 * load balancer takes it. What moved is read from the history after a cursor, both when a commit wakes it and when
 * the ping is due: the cost is that of the change, not of the fleet.
 */
export async function* followConfig(follow: Follow): AsyncGenerator<ConfigMessage> {
  // Wakes this stream alone, where commits wake all.
  const wake = new Signal()
  const notify = () => wake.notify()
  follow.asked.onMessage = notify
  const unsubscribe = follow.commits.subscribe(notify)
  try {
    yield* messages(follow, wake)
  } finally {
    unsubscribe()
  }
}

async function* messages(follow: Follow, wake: Signal): AsyncGenerator<ConfigMessage> {
  const { store, asked, divergences, region, signal } = follow
  const known = Object.entries(follow.known).map(([id, { revision }]) => [id, revision] as const)
  const told: Told = { sent: new Map(known), waiting: new Set() }
  let seen = wake.count
  let cursor = await lastChange(store.reader)
  let divergenceCount = divergences.count
  const current = await revisions(store.reader, region)
  const differing = [...current].filter(([id, revision]) => told.sent.get(id) !== revision)
  const missing = [...told.sent.keys()].filter((id) => !current.has(id))
  yield* tell(follow, [...missing, ...differing.map(([id]) => id)], told)
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
    const decided = divergences.count === divergenceCount ? [] : [...told.waiting]
    divergenceCount = divergences.count
    const ids = [...new Set([...changes.map(({ lb_id }) => lb_id), ...decided])]
    for await (const message of tell(follow, ids, told)) {
      yield message
      spokeAt = performance.now()
    }
    // Other regions' changes wake this one too, so the ping goes by what was said, not by what woke it.
    if (performance.now() - spokeAt < PING_INTERVAL_MS) continue
    yield { type: 'ping' }
    spokeAt = performance.now()
  }
}

/** The revision that the node has of each load balancer, and those of which it is told nothing until they are decided on. */
type Told = { sent: Map<string, string>; waiting: Set<string> }

/** Brings the node up to date on the named load balancers, whatever has become of them. */
async function* tell(
  { store, divergences, region, onPlanned }: Follow,
  ids: string[],
  { sent, waiting }: Told,
): AsyncGenerator<ConfigMessage> {
  const { reader } = store
  const existing = new Set<string>()
  for (const batch of batches(ids)) {
    const rows = await reader.selectFrom('lbs').select('id').where('id', 'in', batch).execute()
    for (const { id } of rows) existing.add(id)
  }
  for (const id of ids) {
    if (existing.has(id) || !sent.has(id)) continue
    if (divergences.reasonFor(id, null)) {
      waiting.add(id)
      continue
    }
    waiting.delete(id)
    sent.delete(id)
    yield { type: 'remove', lb_id: id }
  }
  for await (const batch of lbBatches(reader, [...existing])) {
    const isMoved = ({ id, revision }: LbRow) => sent.get(id) !== revision
    for (const input of await inputsOf({ store, region, ids: batch, isMoved, onPlanned })) {
      const { id, revision } = input.lb
      if (divergences.reasonFor(id, input.address)) {
        waiting.add(id)
        continue
      }
      waiting.delete(id)
      sent.set(id, revision)
      // Planning and encoding a large load balancer take milliseconds each, for each node.
      await nextIteration()
      yield* applied(input, onPlanned)
    }
  }
}

type Wanted = {
  store: Store
  region: Region
  ids: string[]
  isMoved: (lb: LbRow) => boolean
  onPlanned: Follow['onPlanned']
}

/** Reads the rows of the load balancers that moved; if that fails, of each by itself. */
async function inputsOf(wanted: Wanted): Promise<PlanInput[]> {
  try {
    return await readInputs(wanted)
  } catch (fault) {
    const { ids, onPlanned } = wanted
    const [id = '', ...others] = ids
    if (others.length === 0) {
      reportFault(fault, 'configuration')
      onPlanned?.(id, {
        generation: await generationOf(wanted.store.reader, id),
        reason: wordsOfFault(fault),
      })
      return []
    }
    const inputs: PlanInput[] = []
    for (const one of ids) inputs.push(...(await inputsOf({ ...wanted, ids: [one] })))
    return inputs
  }
}

/** In one transaction, so that all rows are of the generation that is read with them. */
async function readInputs({ store, region, ids, isMoved }: Wanted): Promise<PlanInput[]> {
  return store.snapshot(async (reader) => {
    const lbs = await reader
      .selectFrom('lbs')
      .selectAll()
      .where('id', 'in', ids)
      .where('region', '=', region)
      .execute()
    return loadPlanInputs(reader, lbs.filter(isMoved))
  })
}

async function generationOf(reader: Reader, id: string): Promise<number> {
  const query = reader.selectFrom('lbs').select('generation').where('id', '=', id)
  return (await query.executeTakeFirst())?.generation ?? 0
}

/** If planning throws, nodes keep the load balancer's former configuration, and the other load balancers get theirs. */
function* applied(input: PlanInput, onPlanned: Follow['onPlanned']): Generator<ConfigMessage> {
  const { id, generation } = input.lb
  let config: DesiredConfig
  try {
    config = plan(input)
  } catch (fault) {
    reportFault(fault, 'configuration')
    onPlanned?.(id, { generation, reason: wordsOfFault(fault) })
    return
  }
  onPlanned?.(id, null)
  yield { type: 'apply', config }
}

function batches(ids: string[]): string[][] {
  const count = Math.ceil(ids.length / BATCH)
  return Array.from({ length: count }, (_, i) => ids.slice(i * BATCH, (i + 1) * BATCH))
}

async function lastChange(reader: Reader): Promise<number> {
  const query = reader.selectFrom('changes').select(({ fn }) => fn.max('id').as('id'))
  return (await query.executeTakeFirst())?.id ?? 0
}

async function revisions(reader: Reader, region: Region): Promise<Map<string, string>> {
  const query = reader.selectFrom('lbs').select(['id', 'revision']).where('region', '=', region)
  return new Map((await query.execute()).map(({ id, revision }) => [id, revision]))
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
