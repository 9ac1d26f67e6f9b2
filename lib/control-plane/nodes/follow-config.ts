import { type ConfigMessage, PING_INTERVAL_MS } from '#lib/protocol/stream.ts'
import { ChangeFeed } from '../store/change-feed.ts'
import { DatabaseProblem } from '../store/database-problem.ts'
import type { Reader } from '../store/reader.ts'
import { type Follow, type NodeState, updates } from './config-updates.ts'
import { decidedElsewhere } from './divergence/decided-elsewhere.ts'

/** How soon the load balancers are looked at again of which nothing could be said. Milliseconds. */
const UNSETTLED_MS = 100
/** How often waiting load balancers are looked at if nothing is reported. Milliseconds. */
const RETRY_MS = 2000

/**
 * The messages of a node's stream, without end: first all load balancers of its region that differ from what it has, then each
 * whose generation changes. `remove` comes before `apply`, so that an address is free before another load balancer gets it. The
 * change feed says which load balancers changed, so the cost is that of the changes, not of the fleet.
 */
export async function* followConfig(follow: Follow): AsyncGenerator<ConfigMessage> {
  const feed = await ChangeFeed.open(follow.store.reader, follow.commits)
  follow.asked.onMessage = () => feed.notify()
  const known = Object.entries(follow.known).map(([id, { revision }]) => [id, revision] as const)
  const node: NodeState = {
    revisions: new Map(known),
    withheld: new Set(),
    waiting: new Map(),
    asOf: 0,
    isRewound: false,
    unsettled: new Set(),
    again: new Set(),
  }
  const lookAgain = (lbIds: Iterable<string>) => {
    addAll(node.again, lbIds)
    if (node.again.size > 0) feed.notify()
  }
  const stops = [
    () => feed.close(),
    follow.placements.subscribe(lookAgain),
    follow.rollOuts.subscribe((lbId) => {
      if (lbId === null) lookAgain(node.waiting.keys())
      else if (node.waiting.has(lbId)) lookAgain([lbId])
    }),
    follow.rollOuts.connect(follow.node.id),
  ]
  try {
    yield* messages(follow, feed, node)
  } finally {
    for (const stop of stops) stop()
  }
}

async function* messages(
  follow: Follow,
  feed: ChangeFeed,
  node: NodeState,
): AsyncGenerator<ConfigMessage> {
  const { store, asked, divergences, signal } = follow
  let divergenceCount = divergences.count
  const current = await revisions(store.reader, follow)
  const differing = [...current].filter(([id, revision]) => node.revisions.get(id) !== revision)
  const missing = [...node.revisions.keys()].filter((id) => !current.has(id))
  yield* updates(follow, [...missing, ...differing.map(([id]) => id)], node)
  yield { type: 'synced' }
  // Draft checks that were requested before the feed was open.
  yield* asked.take()
  let sentAt = performance.now()
  let retriedAt = sentAt
  for (;;) {
    const pingInMs = sentAt + PING_INTERVAL_MS - performance.now()
    const isSettled = node.unsettled.size === 0
    await feed.wait(isSettled ? pingInMs : Math.min(pingInMs, UNSETTLED_MS), signal)
    if (signal.aborted) return
    addAll(node.again, node.unsettled)
    yield* asked.take()
    if (divergences.count !== divergenceCount) addAll(node.again, node.withheld)
    divergenceCount = divergences.count
    // Nothing reports that a wait has become too long.
    if (performance.now() - retriedAt >= RETRY_MS) {
      addAll(node.again, node.waiting.keys())
      retriedAt = performance.now()
    }
    for await (const message of dueUpdates(follow, feed, node)) {
      yield message
      sentAt = performance.now()
    }
    // The node connects again, and what it has is compared with what the database has now.
    if (node.isRewound) return
    // Changes of other regions wake this stream too, so the ping depends on what was sent.
    if (performance.now() - sentAt < PING_INTERVAL_MS) continue
    yield { type: 'ping' }
    sentAt = performance.now()
  }
}

/** The messages for what has changed and what is due. While the database is lost there are none, and the load balancers stay due. */
async function* dueUpdates(
  follow: Follow,
  feed: ChangeFeed,
  node: NodeState,
): AsyncGenerator<ConfigMessage> {
  let ids: string[] = []
  try {
    for (const { lb_id } of await feed.read()) if (lb_id) node.again.add(lb_id)
    ids = [...node.again]
    node.again.clear()
    const { store, divergences, onDecided } = follow
    if (store.isShared) onDecided?.(await decidedElsewhere(store.reader, divergences, ids))
    yield* updates(follow, ids, node)
  } catch (error) {
    if (!(error instanceof DatabaseProblem)) throw error
    addAll(node.again, ids)
  }
}

function addAll(set: Set<string>, ids: Iterable<string>): void {
  for (const id of ids) set.add(id)
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
