import * as z from 'zod'
import { Change } from './change.ts'
import { Paging } from './list.ts'

/** Events other than changes, which are in the history. */
export const AUDIT_EVENTS = [
  'login',
  'login_failed',
  'held_off',
  'logout',
  'session_ended',
  'password_changed',
  'password_wrong',
  'link_refused',
  'denied',
] as const
export type AuditEvent = (typeof AUDIT_EVENTS)[number]

/** Distinct details kept per repeated event. */
export const AUDIT_DETAILS_MAX = 20

/** A distinct detail of a repeated event, with its count. */
const AuditDetail = z.object({ detail: z.string(), count: z.int() })
export type AuditDetail = z.infer<typeof AuditDetail>

/** One line of `GET /fairlead/v1/audit`. */
export const AuditLine = z.object({
  id: z.string(),
  at: z.string(),
  event: z.enum([...AUDIT_EVENTS, 'change']),
  /** For a failed login, the email that was entered; `unknown` for a denial without valid credentials. */
  actor: z.object({
    kind: z.enum(['account', 'token', 'system', 'unknown']),
    name: z.string(),
  }),
  /** The client's address; null for changes by Fairlead itself, and for changes from older versions. */
  address: z.string().nullable(),
  /** For a denial, the call: "POST /lb/v1/…". */
  detail: z.string().nullable(),
  /**
   * The distinct details of a repeated event: denied calls, or accounts that a throttled network tried. At most 20; others are only
   * counted.
   */
  details: z.array(AuditDetail),
  /** How often the event occurred within ten minutes, and the last time. */
  count: z.int(),
  last_at: z.string(),
  request_id: z.string().nullable(),
  /** Null for other events. */
  change: Change.pick({
    verb: true,
    resource: true,
    lb_id: true,
    before: true,
    after: true,
  }).nullable(),
})
export type AuditLine = z.infer<typeof AuditLine>

const KINDS = ['logins', 'denials', 'changes'] as const

/** The cursor of a line: "2026-07-21T10:17:00.000000Z/c12". Many lines have the same time. */
const auditCursor = (error: string) =>
  z
    .string()
    .max(64, { error })
    .regex(/^[0-9TZ:.-]{20,30}\/[ce][1-9][0-9]{0,14}$/, { error })

export const ListAudit = z.object({
  page_size: Paging.shape.page_size,
  /** `next` of the previous page. New lines don't shift the pages. */
  before: auditCursor('before must be the next of a page.').optional(),
  /** `logins` includes password events; `denials` includes failed logins. */
  kind: z.enum(KINDS, { error: 'kind must be logins, denials or changes.' }).optional(),
  /** Part of the actor's name. */
  actor: z.string().max(200).optional(),
})
export type ListAudit = z.infer<typeof ListAudit>

/** The maximum number of lines in an export. The next export continues after the last cursor. */
export const EXPORT_LINES_MAX = 1_000_000

export const ExportAudit = ListAudit.pick({ kind: true, actor: true }).extend({
  /** The `cursor` of a line; returns the lines after it. */
  after: auditCursor('after must be the cursor of a line.').optional(),
  limit: z.coerce
    .number({ error: 'limit must be a whole number.' })
    .int({ error: 'limit must be a whole number.' })
    .min(1, { error: 'limit must be at least 1.' })
    .max(EXPORT_LINES_MAX, { error: `limit must be at most ${EXPORT_LINES_MAX}.` })
    .default(EXPORT_LINES_MAX),
})
export type ExportAudit = z.infer<typeof ExportAudit>

/** A line of `GET /fairlead/v1/audit/export`. A repeated event is exported again, with the same `id`, once its `count` is final. */
export const ExportedAuditLine = AuditLine.extend({ cursor: z.string() })
export type ExportedAuditLine = z.infer<typeof ExportedAuditLine>

/** Newest first. `next` is null on the last page. */
export const AuditList = z.object({ lines: z.array(AuditLine), next: z.string().nullable() })
export type AuditList = z.infer<typeof AuditList>
