import type { Role } from '#lib/core/access.ts'

/** The roles as a select offers them, with what each may do. */
export const ROLE_OPTIONS: readonly { value: Role; label: string; may: string }[] = [
  { value: 'owner', label: 'Owner', may: 'Everything, people too' },
  { value: 'editor', label: 'Editor', may: 'Change everything but people' },
  { value: 'viewer', label: 'Viewer', may: 'Look, and change nothing' },
]

export const roleWord = (role: Role) => ROLE_OPTIONS.find(({ value }) => value === role)?.label
