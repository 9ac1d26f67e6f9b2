import { CLIENT_IP_HEADER, ControlPlaneUnavailable, openControlPlane } from './control-plane.ts'
import { unauthenticated } from './relay.ts'
import { errorResponse, unavailableResponse } from './respond.ts'
import { sessionToken } from './session.ts'

const EVENTS = '/fairlead/v1/events'

const HEADERS = {
  'content-type': 'text/event-stream',
  // Compression would delay events.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

/** Relays the control plane's events until the browser, the session or the control plane ends the stream. */
export async function relayEvents(request: Request): Promise<Response> {
  const token = sessionToken(request.headers.get('cookie'))
  if (token === null) return unauthenticated()
  try {
    const { status, body } = await openControlPlane(
      {
        // Next calls this handler for HEAD too.
        method: request.method,
        path: EVENTS + new URL(request.url).search,
        token,
        clientIp: request.headers.get(CLIENT_IP_HEADER),
      },
      request.signal,
    )
    if (status === 200) return new Response(body, { headers: HEADERS })
    await body?.cancel()
    if (status === 401) return unauthenticated()
    return errorResponse(status, 'unavailable', 'There are no live updates now.')
  } catch (error) {
    if (error instanceof ControlPlaneUnavailable) return unavailableResponse(error)
    throw error
  }
}
