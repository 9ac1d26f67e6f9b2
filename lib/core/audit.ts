import * as z from 'zod'
import { Change } from './change.ts'
import { Paging } from './list.ts'

/** What happened, besides changes: those are the history's own lines. */
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

/** At most so many different details are kept of what repeats. */
export const AUDIT_DETAILS_MAX = 20

/** One of the different things that a repeated line is about, and how often it was that. */
const AuditDetail = z.object({ detail: z.string(), count: z.int() })
export type AuditDetail = z.infer<typeof AuditDetail>

/** One line of `GET /fairlead/v1/audit`. */
export const AuditLine = z.object({
  id: z.string(),
  at: z.string(),
  event: z.enum([...AUDIT_EVENTS, 'change']),
  /** Who it was; of a failed log-in the email that was given, of a denial without a valid secret nobody. */
  actor: z.object({
    kind: z.enum(['account', 'token', 'system', 'unknown']),
    name: z.string(),
  }),
  /** Where it came from; null where Fairlead did it by itself, and for changes older than that is kept. */
  address: z.string().nullable(),
  /** The call that was denied, "POST /lb/v1/…", or what else there is to say; null for nothing. */
  detail: z.string().nullable(),
  /**
   * What each repetition was about, where there was more than one: the calls that were denied, the accounts that were tried
   * while an address was held off. At most 20 different ones; the others are in `count` only.
   */
  details: z.array(AuditDetail),
  /** How often the same happened within ten minutes, and when last. */
  count: z.int(),
  last_at: z.string(),
  request_id: z.string().nullable(),
  /** What was changed; null for all other events. */
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

/** A line's place among the others, "2026-07-21T10:17:00.000000Z/c12": many are of the same time. */
const auditCursor = (error: string) =>
  z
    .string()
    .max(64, { error })
    .regex(/^[0-9TZ:.-]{20,30}\/[ce][1-9][0-9]{0,14}$/, { error })

export const ListAudit = z.object({
  page_size: Paging.shape.page_size,
  /** `next` of the page before: the lines older than its last, whatever has been added meanwhile. */
  before: auditCursor('before must be the next of a page.').optional(),
  /** Only log-ins and what is about passwords, only what was refused, or only changes. */
  kind: z.enum(KINDS, { error: 'kind must be logins, denials or changes.' }).optional(),
  /** A part of the actor's name. */
  actor: z.string().max(200).optional(),
})
export type ListAudit = z.infer<typeof ListAudit>

/** Lines of an export at most; the last one's cursor is where the next export goes on. */
export const EXPORT_LINES_MAX = 1_000_000

export const ExportAudit = ListAudit.pick({ kind: true, actor: true }).extend({
  /** The `cursor` of a line: only what was written after it. */
  after: auditCursor('after must be the cursor of a line.').optional(),
  /** How many lines at most. */
  limit: z.coerce
    .number({ error: 'limit must be a whole number.' })
    .int({ error: 'limit must be a whole number.' })
    .min(1, { error: 'limit must be at least 1.' })
    .max(EXPORT_LINES_MAX, { error: `limit must be at most ${EXPORT_LINES_MAX}.` })
    .default(EXPORT_LINES_MAX),
})
export type ExportAudit = z.infer<typeof ExportAudit>

/**
 * One line of `GET /fairlead/v1/audit/export`, in the order in which they were written. One that repeats comes again, with the
 * same `id`, once its `count` is final.
 */
export const ExportedAuditLine = AuditLine.extend({ cursor: z.string() })
export type ExportedAuditLine = z.infer<typeof ExportedAuditLine>

/** Newest first. `next` is where the next page begins; null where there is none. */
export const AuditList = z.object({ lines: z.array(AuditLine), next: z.string().nullable() })
export type AuditList = z.infer<typeof AuditList>
