import { answer, errorAnswer, unavailable } from './answer.ts'
import {
  CLIENT_IP_HEADER,
  type ControlPlaneCall,
  ControlPlaneUnavailable,
  callControlPlane,
} from './control-plane.ts'
import { readBody } from './read-body.ts'
import { isRelayed } from './relayed-path.ts'
import { sessionToken } from './session.ts'

const REQUEST_HEADERS = ['accept', 'content-type', 'if-match', 'if-none-match']
const RESPONSE_HEADERS = ['content-type', 'etag', 'retry-after', 'x-request-id']

function picked(headers: Headers, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
  )
}

/** 401. Keeps the cookie, which may be a newer session's: clearing it would end that session. */
export function unauthenticated(): Response {
  return errorAnswer(401, 'denied_authentication', 'Log in to continue.')
}

/** The API token that a visitor tries the API with instead of their session. */
const TOKEN_HEADER = 'x-auth-token'

/** Calls the control plane and relays its response: allowed headers only, never cached. */
async function passOn(call: ControlPlaneCall): Promise<Response> {
  const { status, headers, body } = await callControlPlane(call)
  // A refused token says nothing about the session.
  if (status === 401 && call.token !== null) return unauthenticated()
  if (status >= 300 && status < 400 && status !== 304) {
    return errorAnswer(502, 'unavailable', 'The control plane answered with a redirect.')
  }
  const response = answer(status, null, picked(headers, RESPONSE_HEADERS))
  return body.byteLength === 0 ? response : new Response(body, response)
}

/**
 * Relays a browser's request to `path` of the control plane, with the visitor's session or the API token of a logged-in visitor.
 * The control plane's errors are relayed unchanged.
 */
export async function relay(request: Request, path: string): Promise<Response> {
  if (!isRelayed(path)) return errorAnswer(404, 'not_found', 'There is nothing at this address.')
  const token = sessionToken(request.headers.get('cookie'))
  if (token === null) return unauthenticated()
  const shown = picked(request.headers, [TOKEN_HEADER])
  try {
    const body = await readBody(request)
    if (body instanceof Response) return body
    return await passOn({
      method: request.method,
      path: path + new URL(request.url).search,
      headers: {
        ...picked(request.headers, REQUEST_HEADERS),
        ...shown,
        'x-request-id': crypto.randomUUID(),
      },
      body: body.byteLength === 0 ? undefined : body,
      token: TOKEN_HEADER in shown ? null : token,
      clientIp: request.headers.get(CLIENT_IP_HEADER),
    })
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return unavailable(error)
    throw error
  }
}
