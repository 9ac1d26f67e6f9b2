import type { IncomingMessage } from 'node:http'
import { API_BODY, type BodyLimits } from '#lib/process/body-limits.ts'
import { ApiError } from '../errors.ts'
import type { Http } from './environment.ts'
import { readBody } from './read-body.ts'

const IS_JSON = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/**
 * Reads and parses a JSON body; undefined if it is empty. Routes without authentication pass their own limits.
 * @throws ApiError 400, 408, 413, 415 or 503
 */
export async function readJson(http: Http, limits: BodyLimits = API_BODY): Promise<unknown> {
  const body = await readBody(http.env.incoming as IncomingMessage, limits)
  const text = new TextDecoder().decode(body)
  if (text.trim() === '') return undefined
  if (!isJson(http)) {
    const message = 'The body must be JSON, with Content-Type: application/json.'
    throw new ApiError(415, { message, type: 'unsupported_media_type' })
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError(400, {
      message: 'The body is not valid JSON.',
      type: 'invalid_request_error',
    })
  }
}

/**
 * Scaleway's Python SDK sends bodies without a `Content-Type`. They are accepted from authenticated callers only, because any
 * website can make a browser send one to a public route without a preflight request.
 */
function isJson(http: Http): boolean {
  const type = http.req.header('content-type') ?? ''
  return type === '' ? http.var.actor !== undefined : IS_JSON.test(type)
}
