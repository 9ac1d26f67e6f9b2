import * as z from 'zod'

const VALUES: Record<string, boolean> = { true: true, '1': true, false: false, '0': false }

/**
 * A boolean of a query: `true`, `false`, `1` or `0`, in any case, as clients write what their language calls true (Python's SDK
 * sends `True`). `name` is the parameter, for the message.
 */
export function queryBoolean(name: string) {
  const error = `${name} must be true or false.`
  return z
    .string({ error })
    .max(5, { error })
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0'], { error }))
    .transform((text) => VALUES[text] === true)
    .meta({ type: 'boolean' })
}
