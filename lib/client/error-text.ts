import { argumentDetails } from '#lib/core/api-error.ts'
import { ApiError } from './api-error.ts'

const UNREACHABLE = 'The console is not reachable. Check your connection and try again.'
const FAILED = 'Fairlead could not do this: something went wrong inside it. Try again in a moment.'

function clientErrorMessage({ status, body }: ApiError): string {
  const details = argumentDetails(body)
  if (details.length > 0) return details.map(({ help_message }) => help_message).join(' ')
  if (status === 401) return 'Your session has ended. Log in to continue.'
  if (status === 403) return body.help_message ?? 'Your account is not allowed to do this.'
  if (status === 404) return 'It is no longer there. Someone may have deleted it.'
  if (status === 429) return body.help_message ?? 'Too many requests. Try again in a moment.'
  return body.help_message ?? body.message
}

/** Says any error to a person, with what they can do about it. */
export function errorMessage(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status < 500 || error.body.type === 'disk_full') return clientErrorMessage(error)
    // The console's own words on a control plane that is away are made for people.
    return error.body.type === 'unavailable' ? error.body.message : FAILED
  }
  return error instanceof TypeError ? UNREACHABLE : FAILED
}

/** The request to look for in the log; null where the error has none. */
export function requestIdOf(error: unknown): string | null {
  return error instanceof ApiError ? error.requestId : null
}
