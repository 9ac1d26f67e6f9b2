import { type ApiErrorBody, readApiError } from '#lib/core/api-error.ts'

/** The control plane, or the console on its behalf, answered with an error. */
export class ApiProblem extends Error {
  readonly status: number
  readonly body: ApiErrorBody
  /** What the request's line in the log carries. */
  readonly requestId: string | null

  constructor(status: number, body: ApiErrorBody, requestId: string | null) {
    super(body.message)
    this.status = status
    this.body = body
    this.requestId = requestId
  }
}

/** The problem that an error response tells of; one without a body that can be read still has its status. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const json: unknown = await response.json().catch(() => null)
  const body = readApiError(json) ?? { message: `The answer was ${response.status}.` }
  return new ApiProblem(response.status, body, response.headers.get('x-request-id'))
}

/** Whether what was asked for is not there, or no more. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 404
}
