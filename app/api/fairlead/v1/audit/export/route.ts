import { relayAuditExport } from '#lib/bff/relay-audit-export.ts'

/** The audit as a file of JSON lines. */
export const GET = relayAuditExport
