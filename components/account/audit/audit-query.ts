import type { AuditFilter } from '#lib/client/audit-queries.ts'

export const KIND_OPTIONS = [
  { value: '', label: 'Everything' },
  { value: 'logins', label: 'Logins and passwords' },
  { value: 'denials', label: 'Denials' },
  { value: 'changes', label: 'Changes' },
] as const

type Query = { [name: string]: string | string[] | undefined }

/** The filter in the page's address; what is none of its values is as if it were not there. */
export function auditFilterOf({ kind, actor }: Query): AuditFilter {
  return {
    kind: KIND_OPTIONS.find(({ value }) => value === kind)?.value ?? '',
    actor: typeof actor === 'string' ? actor : '',
  }
}
