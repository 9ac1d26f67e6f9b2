import type { Session, SessionList } from '#lib/core/session.ts'
import { apiPath } from './api-path.ts'
import type { ApiQuery } from './api-query.ts'

export const SESSIONS_KEY = ['sessions'] as const

/** The account's sessions, last used first. */
export function ownSessions(): ApiQuery<Session[]> {
  return {
    queryKey: SESSIONS_KEY,
    fetch: async (get) => (await get<SessionList>(apiPath.sessions())).sessions,
  }
}
