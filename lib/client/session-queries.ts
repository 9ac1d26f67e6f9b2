import type { Session, SessionList } from '#lib/core/session.ts'
import { apiPath } from './api-path.ts'
import type { Read } from './read.ts'

export const SESSIONS_KEY = ['sessions'] as const

/** The person's own sessions, the last used first. */
export function ownSessions(): Read<Session[]> {
  return {
    queryKey: SESSIONS_KEY,
    read: async (get) => (await get<SessionList>(apiPath.sessions())).sessions,
  }
}
