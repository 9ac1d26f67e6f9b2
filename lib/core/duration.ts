import * as z from 'zod'
import { formatDuration, parseDuration } from './duration-text.ts'
import { INT32_MAX } from './fields.ts'

/** The maximum length of a duration string. */
const DURATION_MAX = 64
/** The longest time, milliseconds: 24.8 days. */
export const TIME_MAX_MS = INT32_MAX
const LONGEST = `${TIME_MAX_MS} ms (24.8 days)`

type Bounds = {
  /** The shortest time except 0, milliseconds. */
  min?: number
  /** The meaning of 0. */
  zero: string
}

/**
 * A time in milliseconds (`timeout_server`, `check_delay`, …). Requests may also contain a duration string ("3s") or digits ("3000"),
 * which some clients send.
 */
export function millisecondsOf(what: string, { min = 1, zero }: Bounds) {
  const error = `${what} must be from ${min} ms to ${LONGEST}, or 0 for ${zero}.`
  const description = `Milliseconds, ${min} to ${TIME_MAX_MS}, or 0 for ${zero}. Also a duration: "3s".`
  return z
    .union([z.number(), z.string().max(DURATION_MAX)], {
      error: `${what} must be a number of milliseconds.`,
    })
    .transform((value) => {
      if (typeof value === 'number') return value
      return /^\d+$/.test(value) ? Number(value) : (parseDuration(value) ?? Number.NaN)
    })
    .pipe(
      z
        .int({ error })
        .min(0, { error })
        .max(TIME_MAX_MS, { error })
        .refine((value) => value === 0 || value >= min, { error }),
    )
    .meta({ description })
}

/** A time as a duration string (`timeout_queue`, `transient_check_delay`), normalized. */
export function durationOf(what: string, zero: string) {
  const error = `${what} must be from 0 s to ${formatDuration(TIME_MAX_MS).slice(0, -1)} s (24.8 days). For example: 0.5s`
  const description = `A duration, 0s to ${formatDuration(TIME_MAX_MS)}; 0s for ${zero}. For example: 0.5s`
  return z
    .string({ error })
    .max(DURATION_MAX, { error })
    .refine((text) => (parseDuration(text) ?? Number.POSITIVE_INFINITY) <= TIME_MAX_MS, { error })
    .transform((text) => formatDuration(parseDuration(text) ?? 0))
    .meta({ description })
}
