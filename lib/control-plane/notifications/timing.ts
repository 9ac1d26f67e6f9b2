/** When subscribers are told, and how often it is tried. Milliseconds. */
export type Timing = {
  /** How long something must have been so, before it counts. */
  holdMs: number
  /** Within this time a subscriber hears of the same thing at most twice. */
  quietMs: number
  /** How often what the nodes report is looked at, and what is due. */
  lookMs: number
  /** How long it is waited after each failed attempt, after further ones as long as after the last. */
  retryMs: readonly number[]
  /** How old an event may be when it is tried again. */
  giveUpMs: number
  /** How long a webhook's receiver may take. */
  answerMs: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

export const TIMING: Timing = {
  holdMs: 5 * SECOND,
  quietMs: MINUTE,
  lookMs: SECOND,
  retryMs: [
    5 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
  ],
  giveUpMs: 24 * HOUR,
  answerMs: 5 * SECOND,
}
