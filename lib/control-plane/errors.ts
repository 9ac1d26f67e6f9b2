import type { ArgumentDetail } from '#lib/core/api-error.ts'

/** A wrong field: `argument_name` and `help_message` of an API error. */
export type FieldProblem = { field: string; message: string }

/** An error response. Details of any other error are logged and not sent. */
export class ApiError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 412 | 413 | 415 | 421 | 429 | 503 | 507
  readonly body: Record<string, unknown>
  readonly headers: Record<string, string>

  constructor(
    status: ApiError['status'],
    body: { message: string } & Record<string, unknown>,
    headers: Record<string, string> = {},
  ) {
    super(body.message)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

const NOT_FOUND = {
  lb: 'lbs',
  ip: 'ips',
  backend: 'backend',
  frontend: 'frontend',
  acl: 'acl',
  // As in Scaleway's API.
  route: 'privateNetwork',
  certificate: 'certificate',
  privateNetwork: 'privateNetwork',
  subscriber: 'subscriber',
  delivery: 'delivery',
  change: 'change',
  token: 'api token',
} as const

/** A 404 as Scaleway's Load Balancer API words it, with its spelling of each resource. */
export function notFound(resource: keyof typeof NOT_FOUND): ApiError {
  return new ApiError(404, { message: `${NOT_FOUND[resource]} not Found` })
}

/** A 404 as Scaleway's other products word it. */
export function resourceNotFound(resource: string, id: string): ApiError {
  const message = 'resource is not found'
  return new ApiError(404, { message, resource, resource_id: id, type: 'not_found' })
}

/** Fields or reasons in one error. */
export const PROBLEMS_MAX = 100

/** @param all the wrong fields; the first `PROBLEMS_MAX` are returned */
export function invalidArguments(all: ArgumentDetail[]): ApiError {
  const details = all.slice(0, PROBLEMS_MAX)
  return new ApiError(400, { details, message: 'invalid argument(s)', type: 'invalid_arguments' })
}

/** One field that is wrong in the current state. */
export function invalidField(field: string, message: string): ApiError {
  return invalidArguments([constraint({ field, message })])
}

export function constraint({ field, message }: FieldProblem): ArgumentDetail {
  return { argument_name: field, help_message: message, reason: 'constraint' }
}

/** @throws ApiError 400 if there are problems */
export function refuseProblems(problems: FieldProblem[]): void {
  if (problems.length > 0) throw invalidArguments(problems.map(constraint))
}

/**
 * The `precondition` of a 412. The official clients know the first two, so Scaleway's calls return only those; the others are for
 * Fairlead's own calls.
 */
export type Precondition = 'resource_still_in_use' | 'attribute_must_be_set' | OwnPrecondition
type OwnPrecondition =
  | 'disabled'
  | 'first_account'
  | 'from_settings'
  | 'if_match'
  | 'last_owner'
  | 'not_applied'
  | 'not_ready'
  | 'not_running'
  | 'own_account'
  | 'password_link'
  | 'session'
  | 'setup_link'

export function preconditionFailed(precondition: Precondition, help: string): ApiError {
  return new ApiError(412, {
    help_message: help,
    message: 'precondition is not respected',
    precondition,
    type: 'precondition_failed',
  })
}

export function outOfStock(resource: string, help: string): ApiError {
  return new ApiError(412, { help_message: help, message: help, resource, type: 'out_of_stock' })
}

/** @param method the kind of credential. The official clients know `api_key` and every reason. */
export function deniedAuthentication(
  method: 'api_key' | 'session' | 'password' | 'node_credential' | 'join_token',
  reason: 'invalid_argument' | 'not_found' | 'expired',
  message: string,
): ApiError {
  return new ApiError(401, { message, method, reason, type: 'denied_authentication' })
}

export function tooManyRequests(help: string, resetSeconds: number): ApiError {
  return new ApiError(
    429,
    {
      help_message: help,
      message: 'too many requests',
      reset_seconds: resetSeconds,
      type: 'too_many_requests',
    },
    { 'Retry-After': String(resetSeconds) },
  )
}

/** Another process of Fairlead doesn't respond. */
export function unavailable(message: string): ApiError {
  return new ApiError(503, { help_message: message, message, type: 'unavailable' })
}

/** A limit on concurrent work is reached. */
export function overloaded(message: string, retrySeconds: number): ApiError {
  return new ApiError(
    503,
    { help_message: message, message, type: 'unavailable' },
    { 'Retry-After': String(retrySeconds) },
  )
}

const DENIED = {
  read: 'You do not have access to this.',
  write: 'You have read-only access. An owner can make you an editor.',
  people: 'Only owners can do this, with a session.',
}

/** The caller lacks a right. */
export function permissionsDenied(right: keyof typeof DENIED, resource: string): ApiError {
  return new ApiError(403, {
    details: [{ action: right, resource }],
    help_message: DENIED[right],
    message: 'insufficient permissions',
    type: 'permissions_denied',
  })
}

/** A valid API token may not be used like this. */
export function deniedToken(help: string): ApiError {
  return new ApiError(403, {
    details: [{ action: 'use', resource: 'token' }],
    help_message: help,
    message: help,
    type: 'permissions_denied',
  })
}
