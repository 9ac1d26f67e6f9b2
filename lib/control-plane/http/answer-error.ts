import type { Logger } from 'pino'
import { ApiError, diskFull } from '../errors.ts'
import { isDiskFull } from '../store/disk-full.ts'
import type { Http } from './environment.ts'

/** The one place where an error becomes an answer. What is not meant for the caller is logged and stays here. */
export function answerError(log: Logger) {
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

export function answerUnknownPath(http: Http): Response {
  return http.json({ message: 'There is nothing at this address.', type: 'unknown_path' }, 404)
}
