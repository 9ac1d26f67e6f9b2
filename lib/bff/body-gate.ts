import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  API_BODY,
  UNAUTHENTICATED_BODIES_MAX,
  UNAUTHENTICATED_BODY,
} from '#lib/process/body-limits.ts'
import { BodySlots } from '#lib/process/body-slots.ts'
import { contain } from '#lib/process/faults.ts'
import { CLIENT_IP_HEADER, ControlPlaneUnavailable, callControlPlane } from './control-plane.ts'
import { tooLargeWords } from './read-body.ts'
import { refuse } from './refuse.ts'
import { Semaphore } from './semaphore.ts'
import { sessionToken } from './session.ts'

const SESSION = '/fairlead/v1/session'

/** What anybody may ask with a body: logging in, setting up, links. All others need a session. */
const ANYBODYS = new Set([
  '/api/session',
  '/api/setup',
  '/api/invitation',
  '/api/invitation/accept',
])

/** How many of these are read at once: for each, Next takes memory until its body has come. */
const slots = new BodySlots(UNAUTHENTICATED_BODIES_MAX)

/** How many sessions the control plane is asked about at once, and how many requests wait for that. */
const asking = new Semaphore(16)
const WAITING_MAX = 32

/**
 * What a request with a body passes before Next is given it, which takes memory for each: the body has to be wanted there, of a
 * size that may be, and a session's where that is needed. Nothing of it has been read by then.
 * @returns whether Next is to answer it
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
  const isAnybodys = ANYBODYS.has(path)
  const { maxBytes } = isAnybodys ? UNAUTHENTICATED_BODY : API_BODY
  if (Number(length ?? 0) > maxBytes) {
    refuse(response, 413, 'too_large', tooLargeWords(maxBytes))
    return false
  }
  if (!isAnybodys) return isKnownSession(request, response)
  if (length !== undefined) {
    takeSlot(request)
    return true
  }
  refuse(response, 411, 'length_required', 'The request must have a Content-Length.')
  return false
}

/** Until its body has come. Where a newer request takes the slot, the connection is closed. */
function takeSlot(request: IncomingMessage): void {
  const { signal, free } = slots.take()
  const onTakenOver = contain('console request', () => request.socket.destroy())
  const onCome = contain('console request', free)
  signal.addEventListener('abort', onTakenOver, { once: true })
  request.once('end', onCome)
  request.once('close', onCome)
}

async function isKnownSession(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const token = sessionToken(request.headers.cookie ?? null)
  if (token !== null && asking.waiting >= WAITING_MAX) {
    refuse(response, 503, 'unavailable', 'The console is busy. Try again in a moment.')
    return false
  }
  try {
    const known = token !== null && (await asking.run(() => isSession(token, request)))
    if (!known) refuse(response, 401, 'denied_authentication', 'Log in to continue.')
    return known
  } catch (error) {
    if (!(error instanceof ControlPlaneUnavailable)) throw error
    refuse(response, error.timedOut ? 504 : 503, 'unavailable', error.message)
    return false
  }
}

async function isSession(token: string, request: IncomingMessage): Promise<boolean> {
  const clientIp = String(request.headers[CLIENT_IP_HEADER] ?? '')
  const { status } = await callControlPlane({ method: 'GET', path: SESSION, token, clientIp })
  // Who has asked too often is known as well.
  return status !== 401
}
