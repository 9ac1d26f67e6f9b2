import { oneOf, type Parameters, text } from '#components/ui/url-state.ts'
import type { AuditFilter } from '#lib/client/audit-queries.ts'

export const KIND_OPTIONS = [
  { value: '', label: 'Everything' },
  { value: 'logins', label: 'Logins and passwords' },
  { value: 'denials', label: 'Denials' },
  { value: 'changes', label: 'Changes' },
] as const

/** The audit log's filter in the URL. */
export const AUDIT_PARAMETERS: Parameters<AuditFilter> = {
  kind: oneOf<string>(
    KIND_OPTIONS.map(({ value }) => value),
    '',
  ),
  actor: text,
}
