import { type ApiErrorBody, argumentDetails, readApiError } from '#lib/core/api-error.ts'

/** An error response of the control plane, or of the console on its behalf. */
export class ApiError extends Error {
  readonly status: number
  readonly body: ApiErrorBody
  /** Identifies the request in the log; null if the response has no ID. */
  readonly requestId: string | null

  constructor(status: number, body: ApiErrorBody, requestId: string | null) {
    super(body.message)
    this.status = status
    this.body = body
    this.requestId = requestId
  }
}

/** Reads an error response. A body that is not an API error is replaced by one that names the status. */
export async function readErrorResponse(response: Response): Promise<ApiError> {
  const json: unknown = await response.json().catch(() => null)
  const body = readApiError(json) ?? { message: `The answer was ${response.status}.` }
  return new ApiError(response.status, body, response.headers.get('x-request-id'))
}

/** Whether the object of the request doesn't exist, or no longer. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404
}

/** Whether a save was refused because the object has changed since it was read. */
export function isVersionConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 412 && error.body.precondition === 'if_match'
}

/** Whether the control plane, or the console itself, can't be reached. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 && error.body.type === 'unavailable'
  return error instanceof TypeError
}

/** One invalid field of a request. `field` is the API's path: `backends.0.server_ip.1`. */
export type ValidationError = { field: string; message: string }

/** The invalid fields that an error response names. */
export function validationErrors(error: unknown): ValidationError[] {
  if (!(error instanceof ApiError)) return []
  return argumentDetails(error.body).map(({ argument_name, help_message }) => ({
    field: argument_name,
    message: help_message,
  }))
}
