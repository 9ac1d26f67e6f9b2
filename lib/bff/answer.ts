import type { ControlPlaneUnavailable } from './control-plane.ts'

/** A response of the BFF itself. No cache may store it. */
export function answer(status: number, body: unknown, headers?: HeadersInit): Response {
  const all = new Headers(headers)
  all.set('cache-control', 'no-store')
  if (body === null) return new Response(null, { status, headers: all })
  return Response.json(body, { status, headers: all })
}

/** An error of the BFF itself, in the API's format (`lib/core/api-error.ts`). */
export function errorAnswer(status: number, type: string, message: string): Response {
  return answer(status, { message, type })
}

/** 503 if the control plane is unreachable; 504 if it timed out, so that clients don't retry at once. */
export function unavailable(error: ControlPlaneUnavailable): Response {
  return errorAnswer(error.timedOut ? 504 : 503, 'unavailable', error.message)
}
