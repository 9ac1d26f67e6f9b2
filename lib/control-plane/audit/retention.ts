import type { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'

/** Each kind has its own retention, so that a flood of one kind evicts no lines of another. */
export const AUDIT_KINDS = ['logins', 'denials', 'anonymous'] as const
/** `logins`: sessions and passwords. `denials`: of accounts and tokens. `anonymous`: without valid credentials. */
export type AuditKind = (typeof AUDIT_KINDS)[number]

/** How long, and how many, lines of each kind are kept. */
export type Retention = ControlPlaneSettings['audit']['retention']

export const DEFAULT_RETENTION: Retention = {
  days: { logins: 90, denials: 90, anonymous: 90, changes: 1095 },
  lines: { logins: 100_000, denials: 100_000, anonymous: 100_000 },
}
