import { type ApiErrorBody, argumentDetails } from '#lib/core/api-error.ts'
import { ApiError } from './api-error.ts'

const UNREACHABLE = 'The console is not reachable. Check your connection and try again.'
const FAILED = 'Fairlead could not do this: something went wrong inside it. Try again in a moment.'

const SESSION_ENDED = 'Your session has ended. Log in to continue.'

/** The 401 of a login itself, whose message names what was wrong. */
const isWrongPassword = ({ method }: ApiErrorBody) => method === 'password'

function clientErrorMessage({ status, body }: ApiError): string {
  const details = argumentDetails(body)
  if (details.length > 0) return details.map(({ help_message }) => help_message).join(' ')
  if (status === 401) return isWrongPassword(body) ? body.message : SESSION_ENDED
  if (status === 403) return body.help_message ?? 'Your account is not allowed to do this.'
  if (status === 404) return 'It is no longer there. Someone may have deleted it.'
  if (status === 429) return body.help_message ?? 'Too many requests. Try again in a moment.'
  return body.help_message ?? body.message
}

/** The message for any error, with what the person can do about it. */
export function errorMessage(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status < 500 || error.body.type === 'disk_full') return clientErrorMessage(error)
    // The console wrote this message itself.
    return error.body.type === 'unavailable' ? error.body.message : FAILED
  }
  return error instanceof TypeError ? UNREACHABLE : FAILED
}

/** The request's ID in the log; null without one. */
export function requestIdOf(error: unknown): string | null {
  return error instanceof ApiError ? error.requestId : null
}
