import { ApiError } from '../errors.ts'
import type { Http } from './environment.ts'

const IS_JSON = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/** The JSON value that a request carries; undefined where its body is empty. @throws ApiError 400 or 415 */
export async function readJson(http: Http): Promise<unknown> {
  const text = await http.req.text()
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
 * Scaleway's Python SDK sends bodies without a `Content-Type`. They are taken from who has been authenticated only: any website can
 * make a browser send one to a public call, as it needs no preflight.
 */
function isJson(http: Http): boolean {
  const type = http.req.header('content-type') ?? ''
  return type === '' ? http.var.actor !== undefined : IS_JSON.test(type)
}
