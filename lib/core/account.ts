import * as z from 'zod'
import { ROLES } from './access.ts'
import { COMMON_PASSWORDS } from './common-passwords.ts'
import { nameOf, optional, textUpTo } from './fields.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from './password-length.ts'

/** Fairlead's own calls for people: `/fairlead/v1/setup` and `/fairlead/v1/session`. */

/** RFC 5321 section 4.5.3.1.3: a path is at most 256 octets, with its angle brackets. */
export const EMAIL_MAX = 254

/** An email address in lower case: of an account, of a subscriber, of the sender of mail. */
export const Email = z
  .string({ error: 'Email is required.' })
  .trim()
  .toLowerCase()
  .min(1, { error: 'Email is required.' })
  .max(EMAIL_MAX, { error: `Email can have at most ${EMAIL_MAX} characters.` })
  .pipe(z.email({ error: 'Enter a valid email address. For example: ada@example.com' }))

/** A password that someone chooses. Nothing is trimmed or cut. */
export const NewPassword = z
  .string({ error: 'Password is required.' })
  .min(1, { error: 'Password is required.' })
  .min(PASSWORD_MIN, { error: `Password must have at least ${PASSWORD_MIN} characters.` })
  .max(PASSWORD_MAX, { error: `Password can have at most ${PASSWORD_MAX} characters.` })
  .refine((password) => !COMMON_PASSWORDS.has(password.toLowerCase()), {
    error: 'This password is one of the first that anyone would try. Choose another.',
  })

/** A person who may log in. */
export const Account = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
})
export type Account = z.infer<typeof Account>

/** Characters of the secret in a link: more than any has. */
export const LINK_TOKEN_MAX = 256
/** Characters of a password that is checked: more than one that is set may have. */
const PASSWORD_SENT_MAX = 1024
const SENT_TOO_LONG = `Password can have at most ${PASSWORD_SENT_MAX} characters.`

/** Credentials of a log-in. */
export const LogIn = z.object({
  email: Email,
  password: z
    .string({ error: 'Password is required.' })
    .min(1, { error: 'Password is required.' })
    .max(PASSWORD_SENT_MAX, { error: SENT_TOO_LONG }),
})
export type LogIn = z.infer<typeof LogIn>

/** The body of `POST account/password`. */
export const ChangePassword = z.object({
  current_password: z
    .string({ error: 'Your current password is required.' })
    .min(1, { error: 'Your current password is required.' })
    // Nobody could have set a longer one.
    .max(PASSWORD_MAX, { error: 'This is not your password.' }),
  new_password: NewPassword,
})
export type ChangePassword = z.infer<typeof ChangePassword>

/** The first account, made with the one-time token of the setup link. */
export const SetUp = z.object({
  token: textUpTo(LINK_TOKEN_MAX, 'The link').min(1, {
    error: 'The link is not complete. Copy all of it.',
  }),
  email: Email,
  password: NewPassword,
  name: optional(nameOf('Name')),
})
export type SetUp = z.infer<typeof SetUp>

export const SetupState = z.object({
  /** Whether there is no account yet, so that the setup link is valid. */
  needed: z.boolean(),
})
export type SetupState = z.infer<typeof SetupState>

/** A session just opened. `token` is for the BFF only: it never reaches a browser's script. */
export const NewSession = z.object({ token: z.string(), expires_at: z.string(), account: Account })
export type NewSession = z.infer<typeof NewSession>

/** The session a request belongs to. */
export const CurrentSession = z.object({ account: Account, expires_at: z.string() })
export type CurrentSession = z.infer<typeof CurrentSession>
