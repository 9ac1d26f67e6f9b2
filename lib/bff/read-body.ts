import { contain } from '#lib/process/faults.ts'
import { GatheredBytes } from '#lib/process/gathered-bytes.ts'
import { answer } from './answer.ts'

const KIB = 1024
const MIB = 1024 * KIB
const TIMEOUT_MS = 10_000

/** The largest body of what is passed on with a session: the control plane's own limit. */
export const RELAYED_MAX = MIB
/** The largest of what anybody may send: email, name, password, and the secret of a link. */
export const ANYBODYS_MAX = 16 * KIB

/** A request's body, or the answer where it is too large or comes too slowly: then the rest is not read. */
export async function readBody(
  request: Request,
  maxBytes = RELAYED_MAX,
): Promise<ArrayBuffer | Response> {
  if (request.body === null) return new ArrayBuffer(0)
  const reader = request.body.getReader()
  const late = AbortSignal.timeout(TIMEOUT_MS)
  const gathered = new GatheredBytes(maxBytes)
  for (;;) {
    const next = await unlessLate(reader.read(), late)
    if (next === null) return tooSlow()
    if (next.done) return gathered.bytes.slice().buffer
    if (!gathered.add(next.value)) return tooLarge(maxBytes)
  }
}

/** Null where it is late. Nothing of it is held afterwards, as there may be a million chunks. */
async function unlessLate<T>(work: Promise<T>, late: AbortSignal): Promise<T | null> {
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

/** The connection can't be used for another request. */
const CLOSE = { connection: 'close' }

export function tooLargeWords(maxBytes: number): string {
  const size = maxBytes < MIB ? `${maxBytes / KIB} KiB` : `${maxBytes / MIB} MiB`
  return `The request is larger than ${size}.`
}

function tooLarge(maxBytes: number): Response {
  return answer(413, { message: tooLargeWords(maxBytes), type: 'too_large' }, CLOSE)
}

function tooSlow(): Response {
  const message = `The request has not arrived within ${TIMEOUT_MS / 1000} s. Nothing was done. Try again.`
  return answer(408, { message, type: 'request_timeout' }, CLOSE)
}
