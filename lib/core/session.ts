import * as z from 'zod'

/** An active session, as `/fairlead/v1/sessions` returns it. */
export const Session = z.object({
  id: z.string(),
  created_at: z.string(),
  /** With a precision of five minutes. */
  last_used_at: z.string(),
  /** When it ends unless it is used again. */
  expires_at: z.string(),
  /** The client's address at login; null if unknown. */
  address: z.string().nullable(),
  /** The client's `User-Agent` at login; null if it sent none. */
  user_agent: z.string().nullable(),
  /** Whether it is the session of this request. */
  current: z.boolean(),
})
export type Session = z.infer<typeof Session>

export const SessionList = z.object({ sessions: z.array(Session) })
export type SessionList = z.infer<typeof SessionList>

export const EndedSessions = z.object({ ended: z.number().int() })
export type EndedSessions = z.infer<typeof EndedSessions>
