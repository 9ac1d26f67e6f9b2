import { readErrorResponse } from './api-error.ts'
import { hasNewerSession, sessionCount } from './session-renewal.ts'

/** The window event after a 401 response: the session has ended. */
export const UNAUTHENTICATED_EVENT = 'unauthenticated'

type CallOptions = {
  body?: unknown
  signal?: AbortSignal
  /** The entity tag of the version that the caller has seen. Another current version causes a 412. */
  ifMatch?: string
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * Sends one request to the control plane through the console. `path` is the control plane's own.
 * @returns the response's JSON; undefined without one
 * @throws ApiProblem for an error response, TypeError if the console is unreachable
 */
export async function callApi<T>(method: Method, path: string, options?: CallOptions): Promise<T> {
  return (await callTagged<T>(method, path, options)).value
}

/** As `callApi`, with the response's entity tag; null without one. */
export async function callTagged<T>(
  method: Method,
  path: string,
  { body, signal, ifMatch }: CallOptions = {},
): Promise<{ value: T; etag: string | null }> {
  const send = () =>
    fetch(`/api${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    })
  const session = sessionCount()
  let response = await send()
  // It was refused because of the old session, so it has changed nothing and can be retried.
  if (response.status === 401 && (await hasNewerSession(session))) response = await send()
  if (response.status === 401) window.dispatchEvent(new Event(UNAUTHENTICATED_EVENT))
  if (!response.ok) throw await readErrorResponse(response)
  const value = (response.status === 204 ? undefined : await response.json()) as T
  return { value, etag: response.headers.get('etag') }
}
