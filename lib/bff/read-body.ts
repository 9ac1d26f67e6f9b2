import { once } from 'node:events'
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
  const done = new AbortController()
  try {
    const stopped = once(AbortSignal.timeout(TIMEOUT_MS), 'abort', { signal: done.signal })
    return (await readUntil(stopped, request.body, maxBytes)) ?? tooSlow()
  } finally {
    done.abort()
  }
}

/** Null where it is stopped before the end. */
async function readUntil(
  stopped: Promise<unknown[]>,
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<ArrayBuffer | Response | null> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  const reader = stream.getReader()
  for (;;) {
    const next = await Promise.race([reader.read(), stopped])
    if ('length' in next) return null
    if (next.done) return new Blob(chunks).arrayBuffer()
    size += next.value.byteLength
    if (size > maxBytes) return tooLarge(maxBytes)
    chunks.push(next.value as Uint8Array<ArrayBuffer>)
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
