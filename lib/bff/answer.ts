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

export function unavailable(error: Error): Response {
  return errorAnswer(503, 'unavailable', error.message)
}
