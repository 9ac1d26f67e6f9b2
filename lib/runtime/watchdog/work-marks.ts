import type { Work } from '#lib/config/work-record.ts'

/**
 * For which load balancer the event loop works at the moment: one number in memory that the stall detector's thread sees too, so
 * that noting it costs two writes to memory for each event.
 */

/** Places in the shared memory. */
export const MARK = 0
export const BEATS = 1
/** Nobody writes it: the thread waits on it. */
export const PAUSE = 2
const PLACES = 3

/** Work for no load balancer in particular. */
export const NO_MARK = 0

export const sharedMarks = new Int32Array(
  new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT),
)

const works = new Map<number, Work>()
let lastMark = NO_MARK
let onWork: (mark: number, work: Work | null) => void = () => {}

/** A mark for a load balancer's work; `nameMark` says at which generation. */
export function newMark(): number {
  lastMark += 1
  return lastMark
}

/** What a mark stands for from now on; null for nothing any more. */
export function nameMark(mark: number, work: Work | null): void {
  if (work) works.set(mark, work)
  else works.delete(mark)
  onWork(mark, work)
}

/** Tells of every mark that has a name, and of each that gets another. */
export function followMarks(follower: (mark: number, work: Work | null) => void): void {
  onWork = follower
  for (const [mark, work] of works) follower(mark, work)
}

/** For whom the event loop works now: what is begun on its behalf keeps the mark for its own events. */
export function currentMark(): number {
  return sharedMarks[MARK] as number
}

/** What the event loop works for now; null for nothing in particular. */
export function currentWork(): Work | null {
  return works.get(currentMark()) ?? null
}

/** Under which mark exceptions were thrown: when one has come through to whoever catches it, its mark is left. */
const thrownUnder = new WeakMap<object, number>()

/** For what the event loop worked when an exception was thrown; null where that is not known. */
export function workOfException(error: unknown): Work | null {
  const mark = typeof error === 'object' && error !== null ? thrownUnder.get(error) : undefined
  return mark === undefined ? null : (works.get(mark) ?? null)
}

/** The event loop works under this mark until `leave`. @returns the mark that `leave` goes back to */
export function enter(mark: number): number {
  const outer = sharedMarks[MARK] as number
  sharedMarks[MARK] = mark
  return outer
}

export function leave(outer: number): void {
  sharedMarks[MARK] = outer
}

/** Does something under a mark. */
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

/** The event loop turns. */
export function countBeat(): void {
  Atomics.add(sharedMarks, BEATS, 1)
}
