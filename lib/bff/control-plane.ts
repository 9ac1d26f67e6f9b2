import { contain } from '#lib/process/faults.ts'
import { consoleSettings } from './settings.ts'

/** The time limit for a response from the control plane. */
export const TIMEOUT_MS = 10_000

/** Carries the client's address from the request gate to the handlers. Clients can't set it: the gate overwrites it. */
export const CLIENT_IP_HEADER = 'x-fairlead-client-ip'

/** The control plane is unreachable, timed out, or can't serve because its database doesn't answer. Users see the message. */
export class ControlPlaneUnavailable extends Error {
  /** True after a timeout, when the request may have been processed; false if the control plane is unreachable. */
  readonly timedOut: boolean

  constructor(message: string, options: ErrorOptions & { timedOut?: boolean } = {}) {
    super(message, options)
    this.timedOut = options.timedOut ?? false
  }
}

/** The control plane's URL, and the secret that authenticates the console to it. */
export type ControlPlaneAccess = { url: string; secret: string }

function controlPlaneAccess(): ControlPlaneAccess {
  const { apiUrl, bffSecret } = consoleSettings()
  return { url: apiUrl, secret: bffSecret }
}

export type ControlPlaneCall = {
  method: string
  /** Path and query. */
  path: string
  headers?: Record<string, string>
  body?: ArrayBuffer | string | undefined
  /** The user's session token. The BFF has no rights of its own. */
  token: string | null
  /** The client's address, for rate limits and the audit log. */
  clientIp: string | null
}

function headersOf(call: ControlPlaneCall, access: ControlPlaneAccess): Record<string, string> {
  return {
    ...call.headers,
    ...(call.token !== null && { authorization: `Bearer ${call.token}` }),
    ...(call.clientIp !== null && { [CLIENT_IP_HEADER]: call.clientIp }),
    'x-fairlead-bff-secret': access.secret,
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError'
}

function messageOf(timedOut: boolean, method: string): string {
  if (!timedOut) {
    return 'The control plane is not reachable. Your load balancers keep serving. Try again in a moment.'
  }
  return method === 'GET'
    ? 'The control plane does not answer in time. Your load balancers keep serving. Try again in a moment.'
    : 'The control plane did not answer in time. The change may have been made: look before you try again.'
}

/**
 * Calls the control plane and reads the whole response. Redirects are returned, not followed.
 * @throws ControlPlaneUnavailable
 */
export async function callControlPlane(
  call: ControlPlaneCall,
  access: ControlPlaneAccess = controlPlaneAccess(),
  timeoutMs: number = TIMEOUT_MS,
): Promise<{ status: number; headers: Headers; body: ArrayBuffer }> {
  try {
    const response = await fetch(`${access.url}${call.path}`, {
      method: call.method,
      headers: headersOf(call, access),
      body: call.body ?? null,
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
    })
    return {
      status: response.status,
      headers: response.headers,
      body: await response.arrayBuffer(),
    }
  } catch (error) {
    const timedOut = isTimeout(error)
    throw new ControlPlaneUnavailable(messageOf(timedOut, call.method), { cause: error, timedOut })
  }
}

/**
 * Opens a stream from the control plane. It ends when `signal` aborts or the control plane closes it.
 * @throws ControlPlaneUnavailable if the response doesn't begin in time
 */
export async function openControlPlane(
  call: ControlPlaneCall,
  signal: AbortSignal,
  access: ControlPlaneAccess = controlPlaneAccess(),
  timeoutMs: number = TIMEOUT_MS,
): Promise<{ status: number; body: ReadableStream<Uint8Array> | null }> {
  const late = new AbortController()
  const onLate = contain('console request', () =>
    late.abort(new DOMException('No response', 'TimeoutError')),
  )
  const timer = setTimeout(onLate, timeoutMs)
  try {
    const { status, body } = await fetch(`${access.url}${call.path}`, {
      method: call.method,
      headers: headersOf(call, access),
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.any([signal, late.signal]),
    })
    return { status, body }
  } catch (error) {
    const timedOut = isTimeout(error)
    throw new ControlPlaneUnavailable(messageOf(timedOut, call.method), { cause: error, timedOut })
  } finally {
    clearTimeout(timer)
  }
}
