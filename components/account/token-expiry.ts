/** How long a token may be used, as the dialog offers it. Days; null for ever. */
export const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'Never' },
  { value: 'date', label: 'On a date' },
] as const
export type Lifetime = (typeof LIFETIMES)[number]['value']

/** A token that nobody thought about ends by itself. */
export const DEFAULT_LIFETIME: Lifetime = '90'

const DAY_MS = 86_400_000

/** The moment a choice stands for, RFC 3339; null for never. A date is its end, in the reader's time zone. */
export function expiryOf(lifetime: Lifetime, date: string, now = Date.now()): string | null {
  if (lifetime === 'never') return null
  if (lifetime !== 'date') return new Date(now + Number(lifetime) * DAY_MS).toISOString()
  const end = new Date(`${date}T23:59:59`)
  return Number.isNaN(end.getTime()) ? date : end.toISOString()
}
