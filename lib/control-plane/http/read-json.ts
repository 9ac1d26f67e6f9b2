import { ApiError } from '../errors.ts'
import type { Http } from './environment.ts'

const IS_JSON = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/**
 * The JSON value that a request carries; undefined where its body is empty. A body without a `Content-Type` is read as JSON:
 * Scaleway's Python SDK sends its DELETE requests so. @throws ApiError 400 or 415
 */
export async function readJson(http: Http): Promise<unknown> {
  const text = await http.req.text()
  if (text.trim() === '') return undefined
  const type = http.req.header('content-type') ?? ''
  if (type !== '' && !IS_JSON.test(type)) {
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
