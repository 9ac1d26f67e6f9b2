import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  API_BODY,
  UNAUTHENTICATED_BODIES_MAX,
  UNAUTHENTICATED_BODY,
} from '#lib/process/body-limits.ts'
import { BodySlots } from '#lib/process/body-slots.ts'
import { contain } from '#lib/process/faults.ts'
import { Semaphore, SemaphoreFull } from '#lib/process/semaphore.ts'
import { CLIENT_IP_HEADER, ControlPlaneUnavailable, callControlPlane } from './control-plane.ts'
import { tooLargeMessage } from './read-body.ts'
import { refuse } from './refuse.ts'
import { sessionToken } from './session.ts'

const SESSION = '/fairlead/v1/session'

/** Calls with a body that need no session: logging in, setting up, password links. */
const UNAUTHENTICATED_PATHS = new Set([
  '/api/session',
  '/api/setup',
  '/api/invitation',
  '/api/invitation/accept',
])

/** Bounds the unauthenticated bodies being read: Next holds memory for each until its body is complete. */
const slots = new BodySlots(UNAUTHENTICATED_BODIES_MAX)

/** Bounds concurrent session checks against the control plane. */
const sessionChecks = new Semaphore(16, { queueMax: 32 })

/**
 * Checks a request with a body before Next, which holds memory for each, gets it: path, size and session. Nothing of the body
 * has been read yet.
 * @returns whether Next should answer the request
 */
export async function admitBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { headers, url = '' } = request
  const { 'content-length': length, 'transfer-encoding': encoding } = headers
  if (encoding === undefined && Number(length ?? 0) === 0) return true
  const [path = ''] = url.split('?')
  if (!path.startsWith('/api/')) {
    refuse(response, 413, 'too_large', 'Pages take no body.')
    return false
  }
  const isUnauthenticated = UNAUTHENTICATED_PATHS.has(path)
  const { maxBytes } = isUnauthenticated ? UNAUTHENTICATED_BODY : API_BODY
  if (Number(length ?? 0) > maxBytes) {
    refuse(response, 413, 'too_large', tooLargeMessage(maxBytes))
    return false
  }
  if (!isUnauthenticated) return isKnownSession(request, response)
  if (length !== undefined) {
    takeSlot(request)
    return true
  }
  refuse(response, 411, 'length_required', 'The request must have a Content-Length.')
  return false
}

/** Takes a slot until the body is complete. The connection is closed when a newer request takes the slot over. */
function takeSlot(request: IncomingMessage): void {
  const { signal, free } = slots.take()
  const onTakenOver = contain('console request', () => request.socket.destroy())
  const onEnd = contain('console request', free)
  signal.addEventListener('abort', onTakenOver, { once: true })
  request.once('end', onEnd)
  request.once('close', onEnd)
}

async function isKnownSession(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const token = sessionToken(request.headers.cookie ?? null)
  try {
    const known = token !== null && (await sessionChecks.run(() => isSession(token, request)))
    if (!known) refuse(response, 401, 'denied_authentication', 'Log in to continue.')
    return known
  } catch (error) {
    if (error instanceof SemaphoreFull) {
      refuse(response, 503, 'unavailable', 'The console is busy. Try again in a moment.')
    } else if (error instanceof ControlPlaneUnavailable) {
      refuse(response, error.timedOut ? 504 : 503, 'unavailable', error.message)
    } else throw error
    return false
  }
}

async function isSession(token: string, request: IncomingMessage): Promise<boolean> {
  const clientIp = String(request.headers[CLIENT_IP_HEADER] ?? '')
  const { status } = await callControlPlane({ method: 'GET', path: SESSION, token, clientIp })
  // A rate-limited session (429) is valid too.
  return status !== 401
}
