import { EndedSessions, SessionList } from '#lib/core/session.ts'
import { endOtherSessions, endSession } from '../services/sessions/end-sessions.ts'
import { listSessions } from '../services/sessions/list-sessions.ts'
import type { Call, Endpoint } from './endpoint.ts'

/** A person's own sessions. Whatever their role, these are theirs. */
export const SESSION_ENDPOINTS: Endpoint<Call>[] = [
  {
    method: 'get',
    path: '/sessions',
    summary: 'List your own sessions, the last used first',
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
    summary: 'End all of your own sessions but the one that asks',
    needs: 'read',
    response: EndedSessions,
    handle: async (call) => {
      const value = await endOtherSessions(call)
      if (value.ended > 0) call.audit('session_ended', { detail: `${value.ended} others` })
      return { value }
    },
  },
]
