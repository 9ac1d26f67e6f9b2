/** The lifetimes of a token in days, as options of a select. */
export const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'Never' },
  { value: 'date', label: 'On a date' },
] as const
export type Lifetime = (typeof LIFETIMES)[number]['value']

/** By default, a token expires. */
export const DEFAULT_LIFETIME: Lifetime = '90'

const DAY_MS = 86_400_000

/** The time of expiry, RFC 3339; null for never. A date stands for its end in the browser's time zone. */
export function expiryOf(lifetime: Lifetime, date: string, now = Date.now()): string | null {
  if (lifetime === 'never') return null
  if (lifetime !== 'date') return new Date(now + Number(lifetime) * DAY_MS).toISOString()
  const end = new Date(`${date}T23:59:59`)
  return Number.isNaN(end.getTime()) ? date : end.toISOString()
}
