import { formatDuration } from '#lib/core/duration-text.ts'

/** What is typed as a number; not typed is left out, and what is no whole number becomes NaN, which schemas refuse. */
export function numberOf(text: string): number | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  return /^\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN
}

/** A number that may be left empty: null, which unsets it. */
export const unsetOr = (text: string): number | null => numberOf(text) ?? null

/** As the schemas' inputs take it: a field that must be there may still be missing, and is then named. */
export const required = (text: string) => numberOf(text) as number

/** Typed milliseconds as a duration string; null where nothing is typed. What is no number is sent as it is, and refused. */
export function durationOf(text: string): string | null {
  const milliseconds = numberOf(text)
  if (milliseconds === undefined) return null
  return Number.isNaN(milliseconds) ? text.trim() : formatDuration(milliseconds)
}
