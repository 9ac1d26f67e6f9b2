import type { Work } from '#lib/protocol/work-record.ts'

/**
 * The load balancer that the event loop works for, as a number (its mark) in memory that the stall detector's thread reads.
 * Marking costs two memory writes per event.
 */

/** Indexes into the shared memory. */
export const MARK = 0
export const BEATS = 1
/** Never written; the thread sleeps on it. */
export const PAUSE = 2
const LENGTH = 3

/** The mark of work for no particular load balancer. */
export const NO_MARK = 0

export const sharedMarks = new Int32Array(
  new SharedArrayBuffer(LENGTH * Int32Array.BYTES_PER_ELEMENT),
)

const works = new Map<number, Work>()
let lastMark = NO_MARK
let onWork: (mark: number, work: Work | null) => void = () => {}

/** A new mark for a load balancer; `nameMark` gives it its generation. */
export function newMark(): number {
  lastMark += 1
  return lastMark
}

/** Names a mark from now on; null removes the name. */
export function nameMark(mark: number, work: Work | null): void {
  if (work) works.set(mark, work)
  else works.delete(mark)
  onWork(mark, work)
}

/** Calls the follower for every named mark, and at each change of a name. */
export function followMarks(follower: (mark: number, work: Work | null) => void): void {
  onWork = follower
  for (const [mark, work] of works) follower(mark, work)
}

/** The current mark. Deferred work should keep it and continue with `workUnder`. */
export function currentMark(): number {
  return sharedMarks[MARK] as number
}

/** The load balancer of the current mark; null for none. */
export function currentWork(): Work | null {
  return works.get(currentMark()) ?? null
}

/** The mark under which each exception was thrown, because the mark has been left when it is caught. */
const thrownUnder = new WeakMap<object, number>()

/** The load balancer under whose mark an exception was thrown; null if unknown. */
export function workOfException(error: unknown): Work | null {
  const mark = typeof error === 'object' && error !== null ? thrownUnder.get(error) : undefined
  return mark === undefined ? null : (works.get(mark) ?? null)
}

/** Sets the mark until `leave`. @returns the mark to pass to `leave` */
export function enter(mark: number): number {
  const outer = sharedMarks[MARK] as number
  sharedMarks[MARK] = mark
  return outer
}

export function leave(outer: number): void {
  sharedMarks[MARK] = outer
}

/** Runs a function under a mark. */
export function workUnder<Result>(mark: number, act: () => Result): Result {
  const outer = enter(mark)
  try {
    return act()
  } catch (error) {
    if (error instanceof Error && !thrownUnder.has(error)) thrownUnder.set(error, mark)
    throw error
  } finally {
    leave(outer)
  }
}

/** Shows the stall detector that the event loop runs. */
export function countBeat(): void {
  Atomics.add(sharedMarks, BEATS, 1)
}
