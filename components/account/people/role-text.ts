import type { Role } from '#lib/core/access.ts'

/** The roles as options of a select, with what each may do. */
export const ROLE_OPTIONS: readonly { value: Role; label: string; may: string }[] = [
  { value: 'owner', label: 'Owner', may: 'Everything, people too' },
  { value: 'editor', label: 'Editor', may: 'Change everything but people' },
  { value: 'viewer', label: 'Viewer', may: 'Look, and change nothing' },
]

/** "an owner", within a sentence. */
export const roleWithArticle = (role: Role) => (role === 'viewer' ? 'a viewer' : `an ${role}`)

export const roleLabel = (role: Role) => ROLE_OPTIONS.find(({ value }) => value === role)?.label
