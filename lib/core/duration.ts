import * as z from 'zod'
import { formatDuration, parseDuration } from './duration-text.ts'

const DAY_MS = 86_400_000

function bounded(what: string, min: number) {
  const error = `${what} must be from ${min} ms to 24 hours.`
  return z.int({ error }).min(min, { error }).max(DAY_MS, { error })
}

/**
 * A time that the API carries as a whole number of milliseconds (`timeout_server`, `check_delay`, …).
 * Requests may also give a duration string ("3s") or digits ("3000"), as some clients do.
 */
export function millisecondsOf(what: string, min = 1) {
  return z
    .union([z.number(), z.string()], { error: `${what} must be a number of milliseconds.` })
    .transform((value) => {
      if (typeof value === 'number') return value
      return /^\d+$/.test(value) ? Number(value) : (parseDuration(value) ?? Number.NaN)
    })
    .pipe(bounded(what, min))
}

/** A time that the API carries as a duration string (`timeout_queue`, `transient_check_delay`), normalised. */
export function durationOf(what: string) {
  const error = `${what} must be from 0 s to 24 hours. For example: 0.5s`
  return z
    .string({ error })
    .refine((text) => (parseDuration(text) ?? Number.POSITIVE_INFINITY) <= DAY_MS, { error })
    .transform((text) => formatDuration(parseDuration(text) ?? 0))
}
