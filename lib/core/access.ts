// Without the validation library: every page of the console loads this.

/** What a person may do. An owner looks after people, too; a viewer looks only. */
export const ROLES = ['owner', 'editor', 'viewer'] as const
export type Role = (typeof ROLES)[number]

/** What an API token may do: read and change, or read only. People are no token's business. */
export const TOKEN_SCOPES = ['full', 'read_only'] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** What a call needs: to look, to change something, or to say who may. */
export type Right = 'read' | 'write' | 'people'

const RIGHTS: Record<Role | TokenScope, readonly Right[]> = {
  owner: ['read', 'write', 'people'],
  editor: ['read', 'write'],
  viewer: ['read'],
  full: ['read', 'write'],
  read_only: ['read'],
}

/** What somebody with a role, or a token with a scope, may do. */
export function rightsOf(role: Role | TokenScope): readonly Right[] {
  return RIGHTS[role]
}
