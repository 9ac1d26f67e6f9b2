import { API_BODY, type BodyLimits, sizeText } from '#lib/process/body-limits.ts'
import { contain } from '#lib/process/faults.ts'
import { GatheredBytes } from '#lib/process/gathered-bytes.ts'
import { respond } from './respond.ts'

/** A request's body, or an error response if it is too large or too slow. The rest is not read then. */
export async function readBody(
  request: Request,
  { maxBytes, timeoutMs }: BodyLimits = API_BODY,
): Promise<ArrayBuffer | Response> {
  if (request.body === null) return new ArrayBuffer(0)
  const reader = request.body.getReader()
  const late = AbortSignal.timeout(timeoutMs)
  const gathered = new GatheredBytes(maxBytes)
  for (;;) {
    const next = await orNullWhenLate(reader.read(), late)
    if (next === null) return tooSlow(timeoutMs)
    if (next.done) return gathered.bytes.slice().buffer
    if (!gathered.add(next.value)) return tooLarge(maxBytes)
  }
}

/** Null after the timeout. Removes its listener, because a body may have a million chunks. */
async function orNullWhenLate<T>(work: Promise<T>, late: AbortSignal): Promise<T | null> {
  if (late.aborted) return null
  const { promise, resolve, reject } = Promise.withResolvers<null>()
  const onLate = contain('console request', () => resolve(null), reject)
  late.addEventListener('abort', onLate)
  try {
    return await Promise.race([work, promise])
  } finally {
    late.removeEventListener('abort', onLate)
  }
}

/** Part of the body is unread, so the connection can't carry another request. */
const CLOSE = { connection: 'close' }

export function tooLargeMessage(maxBytes: number): string {
  return `The request is larger than ${sizeText(maxBytes)}.`
}

function tooLarge(maxBytes: number): Response {
  return respond(413, { message: tooLargeMessage(maxBytes), type: 'too_large' }, CLOSE)
}

function tooSlow(timeoutMs: number): Response {
  const message = `The request has not arrived within ${timeoutMs / 1000} s. Nothing was done. Try again.`
  return respond(408, { message, type: 'request_timeout' }, CLOSE)
}
