import { DEFAULT_RETENTION, type Retention } from '#lib/control-plane/audit/retention.ts'
import type { Environment } from './environment.ts'

const DAYS_MAX = 36_500
const LINES_MIN = 1000
const LINES_MAX = 1_000_000

/**
 * Reads `FAIRLEAD_AUDIT_DAYS` and `FAIRLEAD_AUDIT_LINES`: `logins=400,denials=30`. Omitted kinds keep their defaults.
 * @throws Error with a one-line message
 */
export function readRetention(env: Environment): Retention {
  const { days, lines } = DEFAULT_RETENTION
  return {
    days: numbersByKind('FAIRLEAD_AUDIT_DAYS', env.FAIRLEAD_AUDIT_DAYS, days, [0, DAYS_MAX]),
    lines: numbersByKind('FAIRLEAD_AUDIT_LINES', env.FAIRLEAD_AUDIT_LINES, lines, [
      LINES_MIN,
      LINES_MAX,
    ]),
  }
}

function numbersByKind<Kind extends string>(
  name: string,
  text: string | undefined,
  defaults: Record<Kind, number>,
  [least, most]: [number, number],
): Record<Kind, number> {
  const numbers = { ...defaults }
  for (const entry of (text || '').split(',').filter((part) => part.trim() !== '')) {
    const [kind = '', value = ''] = entry.split('=').map((part) => part.trim())
    if (!Object.hasOwn(defaults, kind)) {
      const kinds = Object.keys(defaults).join(', ')
      throw new Error(`${name}: "${kind}" is not a kind of line. The kinds are ${kinds}.`)
    }
    const number = /^\d{1,9}$/.test(value) ? Number(value) : -1
    if (number < least || number > most) {
      throw new Error(`${name}: ${kind} must be a whole number from ${least} to ${most}.`)
    }
    numbers[kind as Kind] = number
  }
  return numbers
}
