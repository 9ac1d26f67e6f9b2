import * as z from 'zod'
import { ROLES } from './access.ts'
import { COMMON_PASSWORDS } from './common-passwords.ts'
import { nameOf, optional, textUpTo } from './fields.ts'
import { PASSWORD_MAX, PASSWORD_MIN } from './password-length.ts'

/** Setup, login and password changes: `/fairlead/v1/setup`, `session` and `account/password`. */

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

/** A new password. It is neither trimmed nor truncated. */
export const NewPassword = z
  .string({ error: 'Password is required.' })
  .min(1, { error: 'Password is required.' })
  .min(PASSWORD_MIN, { error: `Password must have at least ${PASSWORD_MIN} characters.` })
  .max(PASSWORD_MAX, { error: `Password can have at most ${PASSWORD_MAX} characters.` })
  .refine((password) => !COMMON_PASSWORDS.has(password.toLowerCase()), {
    error: 'This is one of the most common passwords. Choose another.',
  })

export const Account = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
})
export type Account = z.infer<typeof Account>

/** The maximum length of a link's token; real ones are shorter. */
export const LINK_TOKEN_MAX = 256
/** The maximum length of a password at login; a new one must be shorter. */
const LOGIN_PASSWORD_MAX = 1024
const PASSWORD_TOO_LONG = `Password can have at most ${LOGIN_PASSWORD_MAX} characters.`

/** The credentials of a login. */
export const LogIn = z.object({
  email: Email,
  password: z
    .string({ error: 'Password is required.' })
    .min(1, { error: 'Password is required.' })
    .max(LOGIN_PASSWORD_MAX, { error: PASSWORD_TOO_LONG }),
})
export type LogIn = z.infer<typeof LogIn>

/** The body of `POST account/password`. */
export const ChangePassword = z.object({
  current_password: z
    .string({ error: 'Your current password is required.' })
    .min(1, { error: 'Your current password is required.' })
    // No password is longer.
    .max(PASSWORD_MAX, { error: 'This is not your password.' }),
  new_password: NewPassword,
})
export type ChangePassword = z.infer<typeof ChangePassword>

/** The first account, created with the one-time token of the setup link. */
export const SetUp = z.object({
  token: textUpTo(LINK_TOKEN_MAX, 'The link').min(1, {
    error: 'The link is incomplete. Copy all of it.',
  }),
  email: Email,
  password: NewPassword,
  name: optional(nameOf('Name')),
})
export type SetUp = z.infer<typeof SetUp>

export const SetupState = z.object({
  /** Whether no account exists yet. */
  needed: z.boolean(),
})
export type SetupState = z.infer<typeof SetupState>

/** A new session. `token` is for the BFF only and never reaches scripts in the browser. */
export const NewSession = z.object({ token: z.string(), expires_at: z.string(), account: Account })
export type NewSession = z.infer<typeof NewSession>

/** The session of a request. */
export const CurrentSession = z.object({ account: Account, expires_at: z.string() })
export type CurrentSession = z.infer<typeof CurrentSession>
