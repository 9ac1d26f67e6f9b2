import type { IncomingMessage } from 'node:http'
import { type BodyLimits, KIB, sizeText } from '#lib/process/body-limits.ts'
import { contain } from '#lib/process/faults.ts'
import { GatheredBytes } from '#lib/process/gathered-bytes.ts'
import { ApiError } from '../errors.ts'

/**
 * Reads a request's body. After an error the rest is thrown away, and the connection closes after the answer.
 * @throws ApiError 408, 413, 503 where another body has taken its slot, 400 where the connection ends within it
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
    throw slot?.signal.aborted ? crowdedOut() : tooSlow(limits)
  } finally {
    slot?.free()
  }
}

/** Null where it is stopped before the end. By events, as a promise for each of a million chunks takes a gigabyte. */
async function readUntil(
  stop: AbortSignal,
  incoming: IncomingMessage,
  limits: BodyLimits,
): Promise<Uint8Array | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | null>()
  const gathered = new GatheredBytes(limits.maxBytes)
  let pieces = 0
  const take = (chunk: Buffer) => {
    pieces += 1
    if (!gathered.add(chunk)) reject(tooLarge(limits))
    if (pieces > piecesMax(limits)) reject(tooManyPieces(limits))
  }
  const end = () => resolve(gathered.bytes)
  const breakOff = () => reject(brokenOff())
  const onStop = contain('connection', () => resolve(null), reject)
  // A fault fails no request: what it kept from being done is done again. A body is whole, or refused.
  const takeAgain = (_fault: unknown, chunk: Buffer) => {
    try {
      take(chunk)
    } catch (error) {
      reject(error)
    }
  }
  const onData = contain('connection', take, takeAgain)
  const onEnd = contain('connection', end, end)
  const onBroken = contain('connection', breakOff, breakOff)
  stop.addEventListener('abort', onStop)
  incoming.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken)
  try {
    if (stop.aborted) return null
    if (incoming.destroyed) throw brokenOff()
    return await promise
  } finally {
    stop.removeEventListener('abort', onStop)
    incoming.off('data', onData).off('end', onEnd).off('close', onBroken)
    // Its errors stay handled. What is left of it is thrown away: 64 KiB that wait may be as many objects.
    incoming.resume()
  }
}

/** Pieces that a body may come in. Each takes time, however small it is. */
const piecesMax = ({ maxBytes }: BodyLimits) => 16 * KIB + maxBytes / KIB

const CLOSE = { Connection: 'close' }

function tooLarge({ maxBytes }: BodyLimits): ApiError {
  return new ApiError(
    413,
    { message: `The body is larger than ${sizeText(maxBytes)}.`, type: 'too_large' },
    CLOSE,
  )
}

function tooManyPieces(limits: BodyLimits): ApiError {
  const message = `The body comes in more than ${piecesMax(limits)} pieces. Send larger ones.`
  return new ApiError(413, { message, type: 'too_large' }, CLOSE)
}

function tooSlow({ timeoutMs }: BodyLimits): ApiError {
  const message = `The body has not arrived within ${timeoutMs / 1000} s. Nothing was done. Send the request again.`
  return new ApiError(408, { help_message: message, message, type: 'request_timeout' }, CLOSE)
}

function crowdedOut(): ApiError {
  const message = 'Too many unauthenticated requests at once. Try again in a moment.'
  const body = { help_message: message, message, type: 'unavailable' }
  return new ApiError(503, body, { ...CLOSE, 'Retry-After': '1' })
}

function brokenOff(): ApiError {
  const message = 'The connection closed before the whole body arrived.'
  return new ApiError(400, { message, type: 'invalid_request_error' }, CLOSE)
}
