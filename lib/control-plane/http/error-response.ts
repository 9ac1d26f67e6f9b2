import type { Logger } from 'pino'
import { ApiError, diskFull } from '../errors.ts'
import { isDiskFull } from '../store/disk-full.ts'
import type { Http } from './environment.ts'

/** Turns every error into a response. Errors other than ApiError are logged, and their details are not sent. */
export function errorResponse(log: Logger) {
  return (error: Error, http: Http): Response => {
    if (error instanceof ApiError) return http.json(error.body, error.status, error.headers)
    log.error({ requestId: http.var.requestId, err: error }, 'request failed')
    if (isDiskFull(error)) {
      const { body, status } = diskFull()
      return http.json(body, status)
    }
    return http.json({ message: 'internal error', type: 'internal' }, 500)
  }
}

export function unknownPathResponse(http: Http): Response {
  return http.json({ message: 'There is nothing at this address.', type: 'unknown_path' }, 404)
}
