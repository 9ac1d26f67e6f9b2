import { type ConfigMessage, PING_INTERVAL_MS } from '#lib/protocol/stream.ts'
import { ChangeFeed } from '../store/change-feed.ts'
import type { Reader } from '../store/reader.ts'
import { type Follow, type NodeState, updates } from './config-updates.ts'

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
    again: new Set(),
  }
  const lookAgain = (lbIds: Iterable<string>) => {
    for (const id of lbIds) node.again.add(id)
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
    await feed.wait(sentAt + PING_INTERVAL_MS - performance.now(), signal)
    if (signal.aborted) return
    yield* asked.take()
    const changes = await feed.read()
    const resolved = divergences.count === divergenceCount ? [] : [...node.withheld]
    divergenceCount = divergences.count
    const changed = changes.flatMap(({ lb_id }) => lb_id ?? [])
    // Nothing reports that a wait has become too long.
    const isRetryDue = performance.now() - retriedAt >= RETRY_MS
    const retried = isRetryDue ? node.waiting.keys() : []
    if (isRetryDue) retriedAt = performance.now()
    const ids = new Set([...changed, ...resolved, ...node.again, ...retried])
    node.again.clear()
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
