/** The timing of alerts and deliveries. Milliseconds. */
export type Timing = {
  /** How long a condition must hold before its alert fires or resolves. */
  holdMs: number
  /** An alert notifies at most twice within this time. */
  notifyWindowMs: number
  /** How often alerts are evaluated and due deliveries looked up. */
  pollMs: number
  /** The delay after each failed attempt; the last one repeats. */
  retryMs: readonly number[]
  /** The maximum age of an event at a retry. */
  giveUpMs: number
  /** The time limit of a webhook request. */
  webhookTimeoutMs: number
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

export const TIMING: Timing = {
  holdMs: 5 * SECOND,
  notifyWindowMs: MINUTE,
  pollMs: SECOND,
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
  webhookTimeoutMs: 5 * SECOND,
}
