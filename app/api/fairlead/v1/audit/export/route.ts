import { relayAuditExport } from '#lib/bff/relay-audit-export.ts'

/** The audit log as JSON Lines. */
export const GET = relayAuditExport
