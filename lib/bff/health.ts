import { ControlPlaneUnavailable, callControlPlane } from './control-plane.ts'
import { respond } from './respond.ts'

/** Longer than the control plane waits for its database. Milliseconds. */
const TIMEOUT_MS = 3000

/** `GET /healthz`, for load balancers in front of the console: 200 if its control plane and the database answer, else 503. */
export async function readHealth(): Promise<Response> {
  const call = { method: 'GET', path: '/healthz', token: null, clientIp: null }
  try {
    const { status } = await callControlPlane(call, undefined, TIMEOUT_MS)
    return status === 200 ? respond(200, { status: 'ok' }) : unavailable()
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return unavailable()
    throw error
  }
}

const unavailable = () => respond(503, { status: 'unavailable' })
