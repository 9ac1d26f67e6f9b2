import type { EndedSessions } from '#lib/core/session.ts'
import { callApi } from './api.ts'
import { type MutationOptions, useApiMutation } from './api-mutation.ts'
import { apiPath } from './api-path.ts'
import { SESSIONS_KEY } from './session-queries.ts'

function useSessionMutation<Input, Output>(
  send: (input: Input) => Promise<Output>,
  options?: MutationOptions<Input, Output>,
) {
  return useApiMutation(
    { send, invalidates: [SESSIONS_KEY], awaitsRefetch: true, refetchesOnError: true },
    options,
  )
}

/** Ends the session with an ID. */
export function useEndSession(options?: MutationOptions<string, void>) {
  return useSessionMutation((id: string) => callApi<void>('DELETE', apiPath.session(id)), options)
}

/** Ends all of the account's sessions except the current one. */
export function useEndOtherSessions(options?: MutationOptions<void, EndedSessions>) {
  return useSessionMutation(
    () => callApi<EndedSessions>('POST', apiPath.endOtherSessions(), { body: {} }),
    options,
  )
}
