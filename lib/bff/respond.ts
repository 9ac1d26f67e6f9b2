import type { ControlPlaneUnavailable } from './control-plane.ts'

/** A response of the console's process itself. No cache may store it. */
export function respond(status: number, body: unknown, headers?: HeadersInit): Response {
  const all = new Headers(headers)
  all.set('cache-control', 'no-store')
  if (body === null) return new Response(null, { status, headers: all })
  return Response.json(body, { status, headers: all })
}

/** An error response of the console's process itself, in the API's format (`lib/core/api-error.ts`). */
export function errorResponse(status: number, type: string, message: string): Response {
  return respond(status, { message, type })
}

/** 503 if the control plane is unreachable; 504 if it timed out, so that clients don't retry at once. */
export function unavailableResponse(error: ControlPlaneUnavailable): Response {
  return errorResponse(error.timedOut ? 504 : 503, 'unavailable', error.message)
}
