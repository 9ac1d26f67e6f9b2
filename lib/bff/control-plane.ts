import { type ControlPlaneAccess, readEnvironment } from './environment.ts'

/** How long the control plane may take to answer. */
export const TIMEOUT_MS = 10_000

/** The header in which the console's server tells its own handlers who is asking; from outside it is dropped. */
export const CLIENT_IP_HEADER = 'x-fairlead-client-ip'

/** The control plane could not be asked, or did not answer. The message is for people. */
export class ControlPlaneUnavailable extends Error {}

export type ControlPlaneCall = {
  method: string
  /** Path and query. */
  path: string
  headers?: Record<string, string>
  body?: ArrayBuffer | string | undefined
  /** The visitor's session. The BFF has no rights of its own. */
  token: string | null
  /** The visitor's address, for throttling and audit. */
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

function words(error: unknown, method: string): string {
  if (!(error instanceof DOMException && error.name === 'TimeoutError')) {
    return 'The control plane is not reachable. Your load balancers keep serving. Try again in a moment.'
  }
  return method === 'GET'
    ? 'The control plane did not answer in time. Try again in a moment.'
    : 'The control plane did not answer in time. The change may have been made: look before you try again.'
}

/**
 * Asks the control plane and reads the whole answer. A redirect is handed back as it is, never followed.
 * @throws ControlPlaneUnavailable
 */
export async function callControlPlane(
  call: ControlPlaneCall,
  access: ControlPlaneAccess = readEnvironment(process.env).controlPlane,
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
    throw new ControlPlaneUnavailable(words(error, call.method), { cause: error })
  }
}
