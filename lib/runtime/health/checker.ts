import { wordsOfFault } from '#lib/process/faults.ts'

/** What a check found. `words`: "connection refused", "HTTP 500, expected 200". */
export type Outcome = { passed: boolean; words: string }

/** One kind of check: what is said to a server over a connection, and what its answer means. Pure. */
export interface Checker {
  /** What is sent once connected; null where the server speaks first, or being connected is enough. */
  open(): Buffer | null
  /** What all that was received so far means (nothing, at first); null while more is needed. */
  judge(received: Buffer): Outcome | null
}

/**
 * The configuration of a check is invalid: it was saved before the API refused it. `message` is the reason, to follow a
 * colon.
 */
export class UnusableCheck extends Error {}

export const passed = (words: string): Outcome => ({ passed: true, words })
export const failed = (words: string): Outcome => ({ passed: false, words })
/** The outcome of a check that failed with a fault. */
export const notMade = (fault: unknown): Outcome =>
  failed(`The check could not run: ${wordsOfFault(fault)}`)
