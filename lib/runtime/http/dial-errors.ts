import type { DialFailure } from '../dial.ts'
import { HttpError } from './message/http-error.ts'

/** What a client is told when no server could be reached. */
export function errorOfDial(failure: DialFailure): HttpError {
  switch (failure) {
    case 'no_server':
      return new HttpError(503, 'No server is available.')
    case 'queue_timeout':
      return new HttpError(503, 'All servers are busy.')
    case 'connect_refused':
      return new HttpError(503, 'The server could not be reached.')
    case 'tls_failed':
      return new HttpError(503, 'No secure connection to the server could be made.')
    case 'internal_error':
      return new HttpError(500, 'The load balancer failed to handle the request.')
    case 'connect_timeout':
      return new HttpError(504, 'The server did not accept the connection in time.')
  }
}
