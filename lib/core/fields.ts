import * as z from 'zod'

/** API field `*_id`: a UUID of any version, lower case. */
export const Id = z.guid({ error: 'Enter a valid ID (UUID).' }).transform((id) => id.toLowerCase())

export const NAME_MAX = 255
const CONTROL_CHARACTERS = /\p{Cc}/u

/** A resource's name: 1 to 255 characters on one line. `what` begins the errors: "Backend name". */
export function nameOf(what: string) {
  return z
    .string({ error: `${what} is required.` })
    .trim()
    .min(1, { error: `${what} is required.` })
    .max(NAME_MAX, { error: `${what} can have at most ${NAME_MAX} characters.` })
    .refine((name) => !CONTROL_CHARACTERS.test(name), {
      error: `${what} can't contain line breaks or control characters.`,
    })
}

/** The maximum length of an RFC 3339 timestamp. */
export const TIME_MAX = 64

/** Whether a text has no NUL, which not every database can store. */
const hasNoNul = (text: string) => !text.includes('\0')

export const DESCRIPTION_MAX = 1000
export const Description = z
  .string()
  .max(DESCRIPTION_MAX, { error: `Description can have at most ${DESCRIPTION_MAX} characters.` })
  .refine(hasNoNul, { error: "Description can't contain the character NUL." })

export const TAGS_MAX = 50
export const TAG_MAX = 128
export const Tags = z
  .array(
    z
      .string()
      .trim()
      .min(1, { error: "A tag can't be empty." })
      .max(TAG_MAX, { error: `A tag can have at most ${TAG_MAX} characters.` })
      .refine(hasNoNul, { error: "A tag can't contain the character NUL." }),
  )
  .max(TAGS_MAX, { error: `At most ${TAGS_MAX} tags.` })

/** The maximum of Scaleway's 32-bit fields. */
export const INT32_MAX = 2_147_483_647

/** A string of at most `max` characters. `what` begins the error: "Password". */
export function textUpTo(max: number, what: string) {
  return z.string().max(max, { error: `${what} can have at most ${max} characters.` })
}

export const ID_MAX = 64
/** A query parameter that filters by an ID. An invalid ID matches nothing. */
export function idFilter(parameter: string) {
  return textUpTo(ID_MAX, parameter)
}

/** A TCP port, 1 to 65535. `what` begins the errors: "Port". */
export function portOf(what: string) {
  const error = `${what} must be a whole number from 1 to 65535.`
  return z
    .int({ error: (issue) => (issue.input === undefined ? `${what} is required.` : error) })
    .min(1, { error })
    .max(65535, { error })
}

/** A request field whose default is `fallback`. Clients omit it or send `null`. */
export function withDefault<T extends z.ZodType>(
  schema: T,
  fallback: z.output<T> & z.core.util.NoUndefined<z.output<T>>,
) {
  return schema.nullish().transform((value) => value ?? fallback)
}

/** A request field that keeps its value if omitted or `null`; both are parsed as `undefined`. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined)
}

/** A request field that is unset if omitted or `null`; both are parsed as `null`. */
export function nullable<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? null)
}
