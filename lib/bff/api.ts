import { headers } from 'next/headers'
import { cache } from 'react'
import { CurrentSession, SetupState } from '#lib/core/account.ts'
import { type ApiErrorBody, readApiError } from '#lib/core/api-error.ts'
import { CLIENT_IP_HEADER, ControlPlaneUnavailable, callControlPlane } from './control-plane.ts'
import { sessionToken } from './session.ts'

/** The control plane answered a page's request with an error. */
export class ServerFetchError extends Error {
  readonly status: number
  readonly body: ApiErrorBody

  constructor(status: number, body: ApiErrorBody) {
    super(body.message)
    this.status = status
    this.body = body
  }
}

const text = new TextDecoder()

/**
 * Gets a control plane path (`/lb/v1/…`, `/fairlead/v1/…`) for a server component, with the visitor's session.
 * @throws ServerFetchError for an error status (404, 401, …), ControlPlaneUnavailable without a response or if it can't serve
 */
export async function serverFetch<T>(path: string): Promise<T> {
  const visitor = await headers()
  const { status, body } = await callControlPlane({
    method: 'GET',
    path,
    token: sessionToken(visitor.get('cookie')),
    clientIp: visitor.get(CLIENT_IP_HEADER),
  })
  const json: unknown = JSON.parse(text.decode(body))
  if (status < 300) return json as T
  const error = readApiError(json) ?? { message: `The answer was ${status}.` }
  if (error.type === 'unavailable') throw new ControlPlaneUnavailable(error.message)
  throw new ServerFetchError(status, error)
}

/** The session's account, read once per request; null without a session. @throws ControlPlaneUnavailable */
export const currentSession = cache(async (): Promise<CurrentSession | null> => {
  if (sessionToken((await headers()).get('cookie')) === null) return null
  try {
    return CurrentSession.parse(await serverFetch('/fairlead/v1/session'))
  } catch (error) {
    if (error instanceof ServerFetchError && error.status === 401) return null
    throw error
  }
})

/** Whether there is no account yet. @throws ControlPlaneUnavailable */
export const setupState = cache(
  async (): Promise<SetupState> => SetupState.parse(await serverFetch('/fairlead/v1/setup')),
)
