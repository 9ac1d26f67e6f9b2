import * as z from 'zod'

const VALUES: Record<string, boolean> = { true: true, '1': true, false: false, '0': false }

/** A boolean query parameter: `true`, `false`, `1` or `0`, case-insensitive, because Python's SDK sends `True`. */
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
