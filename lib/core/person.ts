import * as z from 'zod'
import { ROLES } from './access.ts'
import { Email, LINK_TOKEN_MAX, NewPassword } from './account.ts'
import { nameOf, optional, textUpTo } from './fields.ts'

/** Fairlead's own calls for people: `/fairlead/v1/accounts`, and `/fairlead/v1/invitation` for who holds a link. */

const RoleInput = z.enum(ROLES, { error: 'Role must be owner, editor or viewer.' })

/** Whether somebody may log in: not before they have chosen a password, nor while they are disabled. */
export const PERSON_STATES = ['active', 'invited', 'disabled'] as const

/** Somebody with an account. */
export const Person = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  state: z.enum(PERSON_STATES),
  created_at: z.string(),
  /** Null before the first. */
  last_login_at: z.string().nullable(),
})
export type Person = z.infer<typeof Person>

/** By email. */
export const PersonList = z.object({ accounts: z.array(Person) })
export type PersonList = z.infer<typeof PersonList>

/** The body of `POST accounts`. */
export const InvitePerson = z
  .object({ email: Email, name: optional(nameOf('Name')), role: RoleInput })
  .meta({ example: { email: 'ada@example.com', role: 'editor' } })
export type InvitePerson = z.infer<typeof InvitePerson>

/** The body of `PATCH accounts/{id}`: what is left out stays. */
export const UpdatePerson = z.object({
  name: optional(nameOf('Name')),
  role: optional(RoleInput),
  disabled: optional(z.boolean()),
})
export type UpdatePerson = z.infer<typeof UpdatePerson>

/** A link with which somebody chooses a password, once. `token` is told now and never again. */
export const PasswordLink = z.object({ token: z.string(), expires_at: z.string() })
export type PasswordLink = z.infer<typeof PasswordLink>

export const InvitedPerson = Person.extend({ link: PasswordLink })
export type InvitedPerson = z.infer<typeof InvitedPerson>

const LinkToken = textUpTo(LINK_TOKEN_MAX, 'The link').min(1, {
  error: 'The link is not complete. Copy all of it.',
})

/** The body of `POST invitation`: what a link is for. */
export const OpenLink = z.object({ token: LinkToken })
export type OpenLink = z.infer<typeof OpenLink>

export const OpenedLink = z.object({
  email: z.string(),
  name: z.string(),
  /** Whether it is the person's first password. */
  invitation: z.boolean(),
})
export type OpenedLink = z.infer<typeof OpenedLink>

/** The body of `POST invitation/accept`. */
export const AcceptLink = z.object({ token: LinkToken, password: NewPassword })
export type AcceptLink = z.infer<typeof AcceptLink>
