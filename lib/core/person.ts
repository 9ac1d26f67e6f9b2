import * as z from 'zod'
import { ROLES } from './access.ts'
import { Email, LINK_TOKEN_MAX, NewPassword } from './account.ts'
import { nameOf, optional, textUpTo } from './fields.ts'

/** Accounts and password links: `/fairlead/v1/accounts` and `/fairlead/v1/invitation`. */

const RoleInput = z.enum(ROLES, { error: 'Role must be owner, editor or viewer.' })

/** `invited`: without a password yet. Only `active` accounts can log in. */
export const PERSON_STATES = ['active', 'invited', 'disabled'] as const

/** An account. */
export const Person = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  state: z.enum(PERSON_STATES),
  created_at: z.string(),
  /** Null before the first login. */
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

/** The body of `PATCH accounts/{id}`. Omitted fields keep their values. */
export const UpdatePerson = z.object({
  name: optional(nameOf('Name')),
  role: optional(RoleInput),
  disabled: optional(z.boolean()),
})
export type UpdatePerson = z.infer<typeof UpdatePerson>

/** A one-time link to set a password. `token` is returned only here. */
export const PasswordLink = z.object({ token: z.string(), expires_at: z.string() })
export type PasswordLink = z.infer<typeof PasswordLink>

export const InvitedPerson = Person.extend({ link: PasswordLink })
export type InvitedPerson = z.infer<typeof InvitedPerson>

const LinkToken = textUpTo(LINK_TOKEN_MAX, 'The link').min(1, {
  error: 'The link is incomplete. Copy all of it.',
})

/** The body of `POST invitation`, which returns the account of a link. */
export const OpenLink = z.object({ token: LinkToken })
export type OpenLink = z.infer<typeof OpenLink>

export const OpenedLink = z.object({
  email: z.string(),
  name: z.string(),
  /** Whether the account has no password yet. */
  invitation: z.boolean(),
})
export type OpenedLink = z.infer<typeof OpenedLink>

/** The body of `POST invitation/accept`. */
export const AcceptLink = z.object({ token: LinkToken, password: NewPassword })
export type AcceptLink = z.infer<typeof AcceptLink>
