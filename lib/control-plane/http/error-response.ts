import type { Logger } from 'pino'
import { ApiError } from '../errors.ts'
import { databaseError } from './database-error.ts'
import type { Http } from './environment.ts'

/** Turns every error into a response. Errors other than ApiError are logged, and their details are not sent. */
export function errorResponse(log: Logger) {
  return (error: Error, http: Http): Response => {
    if (error instanceof ApiError) return http.json(error.body, error.status, error.headers)
    log.error({ requestId: http.var.requestId, err: error }, 'request failed')
    const known = databaseError(error)
    if (known) return http.json(known.body, known.status, known.headers)
    return http.json({ message: 'internal error', type: 'internal' }, 500)
  }
}

export function unknownPathResponse(http: Http): Response {
  return http.json({ message: 'There is nothing at this address.', type: 'unknown_path' }, 404)
}
