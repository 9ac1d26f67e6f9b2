import type { IncomingMessage } from 'node:http'
import { type BodyLimits, KIB, sizeText } from '#lib/process/body-limits.ts'
import { contain } from '#lib/process/faults.ts'
import { GatheredBytes } from '#lib/process/gathered-bytes.ts'
import { ApiError } from '../errors.ts'

/**
 * Reads a request's body. After an error the rest is discarded, and the connection closes after the response.
 * @throws ApiError 408, 413, 503 if another body took its slot, 400 if the connection ends before the body
 */
export async function readBody(incoming: IncomingMessage, limits: BodyLimits): Promise<Uint8Array> {
  const { 'content-length': length = 0, 'transfer-encoding': encoding } = incoming.headers
  if (encoding === undefined && Number(length) === 0) return new Uint8Array()
  if (Number(length) > limits.maxBytes) throw tooLarge(limits)
  const slot = limits.slots?.take()
  const late = AbortSignal.timeout(limits.timeoutMs)
  const stop = slot ? AbortSignal.any([late, slot.signal]) : late
  try {
    const body = await readUntil(stop, incoming, limits)
    if (body) return body
    throw slot?.signal.aborted ? slotTaken() : bodyTimeout(limits)
  } finally {
    slot?.free()
  }
}

/** Null if `stop` aborts before the end. Uses events: a promise for each of a million chunks would take a gigabyte. */
async function readUntil(
  stop: AbortSignal,
  incoming: IncomingMessage,
  limits: BodyLimits,
): Promise<Uint8Array | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | null>()
  const gathered = new GatheredBytes(limits.maxBytes)
  let chunks = 0
  const take = (chunk: Buffer) => {
    chunks += 1
    if (!gathered.add(chunk)) reject(tooLarge(limits))
    if (chunks > chunksMax(limits)) reject(tooManyChunks(limits))
  }
  const end = () => resolve(gathered.bytes)
  const close = () => reject(connectionClosed())
  const onStop = contain('connection', () => resolve(null), reject)
  // After a contained fault the chunk is taken again, because a body must never lack one.
  const takeAgain = (_fault: unknown, chunk: Buffer) => {
    try {
      take(chunk)
    } catch (error) {
      reject(error)
    }
  }
  const onData = contain('connection', take, takeAgain)
  const onEnd = contain('connection', end, end)
  const onClose = contain('connection', close, close)
  stop.addEventListener('abort', onStop)
  incoming.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose)
  try {
    if (stop.aborted) return null
    if (incoming.destroyed) throw connectionClosed()
    return await promise
  } finally {
    stop.removeEventListener('abort', onStop)
    incoming.off('data', onData).off('end', onEnd).off('close', onClose)
    // The error listener stays. The rest is discarded: 64 KiB in the queue can be as many chunks.
    incoming.resume()
  }
}

/** The number of chunks is limited, because each costs time whatever its size. */
const chunksMax = ({ maxBytes }: BodyLimits) => 16 * KIB + maxBytes / KIB

const CLOSE = { Connection: 'close' }

function tooLarge({ maxBytes }: BodyLimits): ApiError {
  return new ApiError(
    413,
    { message: `The body is larger than ${sizeText(maxBytes)}.`, type: 'too_large' },
    CLOSE,
  )
}

function tooManyChunks(limits: BodyLimits): ApiError {
  const message = `The body has more than ${chunksMax(limits)} chunks. Send larger chunks.`
  return new ApiError(413, { message, type: 'too_large' }, CLOSE)
}

function bodyTimeout({ timeoutMs }: BodyLimits): ApiError {
  const message = `The body did not arrive within ${timeoutMs / 1000} s. Nothing was changed. Send the request again.`
  return new ApiError(408, { help_message: message, message, type: 'request_timeout' }, CLOSE)
}

function slotTaken(): ApiError {
  const message = 'Too many unauthenticated requests at once. Try again in a moment.'
  const body = { help_message: message, message, type: 'unavailable' }
  return new ApiError(503, body, { ...CLOSE, 'Retry-After': '1' })
}

function connectionClosed(): ApiError {
  const message = 'The connection closed before the whole body arrived.'
  return new ApiError(400, { message, type: 'invalid_request_error' }, CLOSE)
}
