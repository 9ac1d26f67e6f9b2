import type { ControlPlaneUnavailable } from './control-plane.ts'

/** An answer of the BFF itself, which no cache may keep. */
export function answer(status: number, body: unknown, headers?: HeadersInit): Response {
  const all = new Headers(headers)
  all.set('cache-control', 'no-store')
  if (body === null) return new Response(null, { status, headers: all })
  return Response.json(body, { status, headers: all })
}

/** An error of the BFF itself, in the shape of the control plane's (lib/core/api-error.ts). */
export function errorAnswer(status: number, type: string, message: string): Response {
  return answer(status, { message, type })
}

/** 503, or 504 where the control plane was asked: asking again at once would only wait as long again. */
export function unavailable(error: ControlPlaneUnavailable): Response {
  return errorAnswer(error.timedOut ? 504 : 503, 'unavailable', error.message)
}
