import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { EndedSessions } from '#lib/core/session.ts'
import { callApi } from './api.ts'
import { apiPath } from './api-path.ts'
import { SESSIONS_KEY } from './session-queries.ts'

/** Ends one of the person's sessions, by its id. */
export function useEndSession() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => callApi<void>('DELETE', apiPath.session(id)),
    onSettled: () => client.invalidateQueries({ queryKey: SESSIONS_KEY }),
  })
}

/** Ends all of the person's sessions but this one. */
export function useEndOtherSessions() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => callApi<EndedSessions>('POST', apiPath.endOtherSessions(), { body: {} }),
    onSettled: () => client.invalidateQueries({ queryKey: SESSIONS_KEY }),
  })
}
