import {
  CLIENT_IP_HEADER,
  type ControlPlaneCall,
  ControlPlaneUnavailable,
  callControlPlane,
} from './control-plane.ts'
import { readBody } from './read-body.ts'
import { isRelayed } from './relayed-path.ts'
import { errorResponse, respond, unavailableResponse } from './respond.ts'
import { sessionToken } from './session.ts'

const REQUEST_HEADERS = ['accept', 'content-type', 'if-match', 'if-none-match']
const RESPONSE_HEADERS = ['content-type', 'etag', 'retry-after', 'x-request-id']

function pick(headers: Headers, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
  )
}

/** 401. It does not clear the cookie, which may already be that of a newer session. */
export function unauthenticated(): Response {
  return errorResponse(401, 'denied_authentication', 'Log in to continue.')
}

/** The API token that a user tries the API with in the API reference, instead of their session. */
const TOKEN_HEADER = 'x-auth-token'

/** Calls the control plane and relays its response: allowed headers only, never cached. */
async function forward(call: ControlPlaneCall): Promise<Response> {
  const { status, headers, body } = await callControlPlane(call)
  // The 401 of an API token does not mean that the session has ended.
  if (status === 401 && call.token !== null) return unauthenticated()
  if (status >= 300 && status < 400 && status !== 304) {
    return errorResponse(502, 'unavailable', 'The control plane answered with a redirect.')
  }
  const response = respond(status, null, pick(headers, RESPONSE_HEADERS))
  return body.byteLength === 0 ? response : new Response(body, response)
}

/**
 * Relays a browser's request to `path` of the control plane, with the user's session, or with the request's API token if the user is
 * logged in. The control plane's errors are relayed unchanged.
 */
export async function relay(request: Request, path: string): Promise<Response> {
  if (!isRelayed(path)) return errorResponse(404, 'not_found', 'There is nothing at this address.')
  const token = sessionToken(request.headers.get('cookie'))
  if (token === null) return unauthenticated()
  const apiToken = pick(request.headers, [TOKEN_HEADER])
  try {
    const body = await readBody(request)
    if (body instanceof Response) return body
    return await forward({
      method: request.method,
      path: path + new URL(request.url).search,
      headers: {
        ...pick(request.headers, REQUEST_HEADERS),
        ...apiToken,
        'x-request-id': crypto.randomUUID(),
      },
      body: body.byteLength === 0 ? undefined : body,
      token: TOKEN_HEADER in apiToken ? null : token,
      clientIp: request.headers.get(CLIENT_IP_HEADER),
    })
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return unavailableResponse(error)
    throw error
  }
}
