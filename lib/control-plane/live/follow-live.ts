import { setTimeout as delay } from 'node:timers/promises'
import type { LiveEvent } from '#lib/core/live-event.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import type { Fleet } from '../nodes/observed/fleet.ts'
import type { Signal } from '../store/signal.ts'
import type { Reader } from '../store/store.ts'
import { nextIteration } from '../yield-every.ts'
import { StateChanges } from './state-changes.ts'

/** What came within this time is told together, so each load balancer at most four times a second. */
const GATHER_MS = 250
/** How often the watched load balancer's figures are told. */
const FIGURES_MS = 1000
/** How often a stream without news gives a sign of life, and who reads it is checked again. */
const PULSE_MS = 10_000
/** A reader that has more than this to catch up with is better off reading everything again. */
const BACKLOG_MAX = 200

export type FollowLive = {
  reader: Reader
  commits: Signal
  fleet: Fleet
  /** The load balancer that is watched; null for all, without their figures. */
  lbId: string | null
  /** What the nodes report of it now; null where it is gone. */
  report: (lbId: string) => Promise<ObservedLb | null>
  /** Whether whoever asked may still read. */
  allowed: () => Promise<boolean>
  signal: AbortSignal
  pulseMs?: number
}

/**
 * What changes, as it does, until the reader goes or may read no more. Null is a sign of life. Rows are read from the
 * history after a cursor, as nodes' streams do; what nodes report is gathered as ids. So a reader that is slow, or one
 * of a busy fleet, holds no more than a set of ids here.
 */
export async function* followLive(follow: FollowLive): AsyncGenerator<LiveEvent | null> {
  const { commits, fleet, lbId, signal, pulseMs = PULSE_MS } = follow
  const news = new StateChanges(commits, fleet, lbId, BACKLOG_MAX)
  try {
    let cursor = await lastChange(follow.reader)
    yield { type: 'resync' }
    let reportedAt = performance.now()
    let pulseAt = reportedAt + pulseMs
    while (!signal.aborted) {
      const seen = news.wake.count
      const moved = news.takeMoved()
      cursor = yield* tellChanges(follow, cursor, moved)
      const now = performance.now()
      if (news.figures && (moved.length > 0 || now - reportedAt >= FIGURES_MS)) {
        reportedAt = now
        news.figures = false
        const goesOn = yield* tellReport(follow)
        news.figures ||= goesOn
      }
      if (now >= pulseAt) {
        if (!(await follow.allowed())) return
        pulseAt = now + pulseMs
        yield null
      }
      await pause(GATHER_MS, signal)
      const due = news.figures ? Math.min(pulseAt, reportedAt + FIGURES_MS) : pulseAt
      await news.wake.after(seen, Math.max(0, due - performance.now()), signal)
    }
  } finally {
    news.stop()
  }
}

/** Tells what moved and what was committed after `cursor`. Returns how far it has read. */
async function* tellChanges(
  { reader, lbId }: FollowLive,
  cursor: number,
  moved: string[],
): AsyncGenerator<LiveEvent, number> {
  const changes = await changesAfter(reader, cursor)
  if (changes.length + moved.length > BACKLOG_MAX) {
    const last = await lastChange(reader)
    yield { type: 'resync' }
    return last
  }
  yield* eventsOf(changes, lbId)
  for (const id of moved) yield { type: 'observed', lb_id: id }
  return changes.at(-1)?.id ?? cursor
}

/** Tells what the nodes report. Returns whether it moves on by itself: rates fall when nothing more is reported. */
async function* tellReport({ lbId, report }: FollowLive): AsyncGenerator<LiveEvent, boolean> {
  if (lbId === null) return false
  // Its readers are all woken by one report of a node.
  await nextIteration()
  const observed = await report(lbId)
  if (!observed) return false
  yield { type: 'report', observed }
  return Object.keys(observed.rates.frontends).length > 0
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {})
}

type Change = Awaited<ReturnType<typeof changesAfter>>[number]

function* eventsOf(changes: Change[], lbId: string | null): Generator<LiveEvent> {
  const ids = new Set(changes.flatMap(({ lb_id }) => lb_id ?? []))
  for (const id of ids) {
    if (lbId === null || id === lbId) yield { type: 'lb', lb_id: id }
  }
  if (changes.some(({ resource_type }) => resource_type === 'ip')) yield { type: 'ips' }
}

async function lastChange(reader: Reader): Promise<number> {
  const query = reader.selectFrom('changes').select(({ fn }) => fn.max('id').as('id'))
  return (await query.executeTakeFirst())?.id ?? 0
}

async function changesAfter(reader: Reader, cursor: number) {
  return reader
    .selectFrom('changes')
    .select(['id', 'lb_id', 'resource_type'])
    .where('id', '>', cursor)
    .orderBy('id')
    .limit(BACKLOG_MAX + 1)
    .execute()
}
