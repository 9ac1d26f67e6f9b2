import * as z from 'zod'

const BOOLEANS: Record<string, boolean> = { true: true, '1': true, false: false, '0': false }

/** A boolean query parameter: `true`, `false`, `1` or `0`, case-insensitive, because Python's SDK sends `True`. */
export function queryBoolean(name: string) {
  const error = `${name} must be true or false.`
  return z
    .string({ error })
    .max(5, { error })
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0'], { error }))
    .transform((text) => BOOLEANS[text] === true)
    .meta({ type: 'boolean' })
}

/** The maximum length of a number in a query. */
const DIGITS_MAX = 16

type Range = { min: number; max?: number }

/** An integer query parameter. */
export function queryInteger(name: string, range: Range) {
  return digits(name)
    .transform(Number)
    .pipe(integer(name, range))
    .meta({ type: 'integer', ...limitsOf(range) })
}

/** An integer query parameter with a default, also for an empty value. */
export function queryIntegerOr(fallback: number, name: string, range: Range) {
  return digits(name)
    .optional()
    .transform((text) => (text ? Number(text) : fallback))
    .pipe(integer(name, range))
    .meta({ type: 'integer', ...limitsOf(range), default: fallback })
}

const digits = (name: string) =>
  z.string().max(DIGITS_MAX, { error: `${name} must be a whole number.` })

function integer(name: string, { min, max = Number.MAX_SAFE_INTEGER }: Range) {
  const limits = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`
  const error = `${name} must be a whole number, ${limits}.`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

const limitsOf = ({ min, max }: Range) => ({
  minimum: min,
  ...(max !== undefined && { maximum: max }),
})
