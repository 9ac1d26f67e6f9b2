// No zod here: every page of the console loads this file.

/** The roles of accounts. An owner can also manage accounts; a viewer has read-only access. */
export const ROLES = ['owner', 'editor', 'viewer'] as const
export type Role = (typeof ROLES)[number]

/** The scopes of API tokens. No token can manage accounts. */
export const TOKEN_SCOPES = ['full', 'read_only'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** The right that a call needs. `people`: to manage accounts. */
export type Right = 'read' | 'write' | 'people'

const RIGHTS: Record<Role | TokenScope, readonly Right[]> = {
  owner: ['read', 'write', 'people'],
  editor: ['read', 'write'],
  viewer: ['read'],
  full: ['read', 'write'],
  read_only: ['read'],
}

/** The rights of a role or a token scope. */
export function rightsOf(role: Role | TokenScope): readonly Right[] {
  return RIGHTS[role]
}
