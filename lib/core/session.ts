import * as z from 'zod'

/** A person's log-in that has not ended, as `/fairlead/v1/sessions` tells it. */
export const Session = z.object({
  id: z.string(),
  created_at: z.string(),
  /** To within five minutes. */
  last_used_at: z.string(),
  /** When it ends if it is not used again. */
  expires_at: z.string(),
  /** Where it was opened from; null where that is not known. */
  address: z.string().nullable(),
  /** What it was opened with, as the program calls itself; null where it did not say. */
  user_agent: z.string().nullable(),
  /** Whether it is the one that asks. */
  current: z.boolean(),
})
export type Session = z.infer<typeof Session>

export const SessionList = z.object({ sessions: z.array(Session) })
export type SessionList = z.infer<typeof SessionList>

export const EndedSessions = z.object({ ended: z.number().int() })
export type EndedSessions = z.infer<typeof EndedSessions>
