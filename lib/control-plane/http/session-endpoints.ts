import { EndedSessions, SessionList } from '#lib/core/session.ts'
import { endOtherSessions, endSession, listSessions } from '../services/sessions/own-sessions.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** The caller's own sessions. Every role may end them, so `needs` is `read`. */
export const SESSION_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/sessions',
    summary: 'List your own sessions, most recently used first',
    response: SessionList,
    handle: async (call) => ({ value: await listSessions(call) }),
  },
  {
    method: 'delete',
    path: '/sessions/{id}',
    summary: 'End one of your own sessions',
    needs: 'read',
    response: null,
    handle: async (call) => {
      await endSession(call)
      call.audit('session_ended')
    },
  },
  {
    method: 'post',
    path: '/sessions/end-others',
    summary: 'End all of your own sessions except the current one',
    needs: 'read',
    response: EndedSessions,
    handle: async (call) => {
      const value = await endOtherSessions(call)
      if (value.ended > 0) call.audit('session_ended', { detail: `${value.ended} others` })
      return { value }
    },
  },
]
