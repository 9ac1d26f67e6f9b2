import { setTimeout as delay } from 'node:timers/promises'
import type { LiveEvent } from '#lib/core/live-event.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import { ChangeFeed, type FeedChange } from '../store/change-feed.ts'
import type { Reader } from '../store/reader.ts'
import type { Signal } from '../store/signal.ts'
import { nextIteration } from '../yield-every.ts'
import { coalesce } from './coalesce.ts'
import { Pacer } from './pacer.ts'
import { StateChanges } from './state-changes.ts'

/** Changes of the observed state within this time are sent together. */
const COALESCE_MS = 250
/** Commits are sent at once up to this number, which is more than people make, and then together once per interval. */
const COMMITS_AT_ONCE = 4
/** The interval of reports about the watched load balancer. */
const REPORT_MS = 1000
/** The interval of heartbeats, at which the reader's rights are checked again. */
const HEARTBEAT_MS = 10_000
/** With more events than this, reading everything again is cheaper. */
const BACKLOG_MAX = 200

export type FollowLive = {
  reader: Reader
  commits: Signal
  fleet: Fleet
  /** The load balancer to watch; null for all, without reports. */
  lbId: string | null
  /** Reads its observed state; null if it is deleted. */
  report: (lbId: string) => Promise<ObservedLb | null>
  /** Whether the reader still has the right to read. */
  allowed: () => Promise<boolean>
  signal: AbortSignal
  heartbeatMs?: number
}

/**
 * Events for one reader, until it disconnects or loses its rights. Null is a heartbeat. Commits come from the change feed. Of changes
 * in the observed state only the IDs are kept, so a slow reader costs no more memory than a set of IDs.
 */
export async function* followLive(follow: FollowLive): AsyncGenerator<LiveEvent | null> {
  const { commits, fleet, lbId, signal, heartbeatMs = HEARTBEAT_MS } = follow
  const feed = await ChangeFeed.open(follow.reader, commits)
  const wake = coalesce(() => feed.notify(), COALESCE_MS)
  const states = new StateChanges(fleet, lbId, BACKLOG_MAX, wake.call)
  const commitPacer = new Pacer(COMMITS_AT_ONCE, COALESCE_MS)
  try {
    yield { type: 'resync' }
    let reportedAt = performance.now()
    let heartbeatAt = reportedAt + heartbeatMs
    while (!signal.aborted) {
      const changed = states.takeChanged()
      const nodesChanged = states.nodesChanged
      states.nodesChanged = false
      const hasCommits = yield* changeEvents(feed, lbId, changed, nodesChanged)
      const now = performance.now()
      if (states.reported && (changed.length > 0 || now - reportedAt >= REPORT_MS)) {
        reportedAt = now
        states.reported = false
        const isDecaying = yield* reportEvents(follow)
        states.reported ||= isDecaying
      }
      if (now >= heartbeatAt) {
        if (!(await follow.allowed())) return
        heartbeatAt = now + heartbeatMs
        yield null
      }
      if (hasCommits) await pause(commitPacer.take(), signal)
      const due = states.reported ? Math.min(heartbeatAt, reportedAt + REPORT_MS) : heartbeatAt
      await feed.wait(due - performance.now(), signal)
    }
  } finally {
    states.stop()
    wake.stop()
    feed.close()
  }
}

/** Events for commits, and for load balancers and nodes whose observed state has changed. Returns whether there are commits. */
async function* changeEvents(
  feed: ChangeFeed,
  lbId: string | null,
  changed: string[],
  nodesChanged: boolean,
): AsyncGenerator<LiveEvent, boolean> {
  const changes = await feed.read(BACKLOG_MAX + 1)
  if (changes.length + changed.length > BACKLOG_MAX) {
    await feed.skip()
    yield { type: 'resync' }
    return true
  }
  yield* commitEvents(changes, lbId)
  for (const id of changed) yield { type: 'observed', lb_id: id }
  if (nodesChanged || changes.some(isNodeChange)) yield { type: 'nodes' }
  return changes.length > 0
}

const isNodeChange = ({ resource_type: type }: FeedChange) =>
  type === 'node' || type === 'join_token'

/** The observed state. Returns whether it changes even without further reports, because rates decay to zero. */
async function* reportEvents({ lbId, report }: FollowLive): AsyncGenerator<LiveEvent, boolean> {
  if (lbId === null) return false
  // A node's report wakes all readers at once, so each computes its event in an iteration of its own.
  await nextIteration()
  const observed = await report(lbId)
  if (!observed) return false
  yield { type: 'report', observed }
  return Object.keys(observed.rates.frontends).length > 0
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return
  await delay(ms, undefined, { signal }).catch(() => {})
}

function* commitEvents(changes: FeedChange[], lbId: string | null): Generator<LiveEvent> {
  const ids = new Set(changes.flatMap(({ lb_id }) => lb_id ?? []))
  for (const id of ids) {
    if (lbId === null || id === lbId) yield { type: 'lb', lb_id: id }
  }
  if (changes.some(({ resource_type }) => resource_type === 'ip')) yield { type: 'ips' }
}
