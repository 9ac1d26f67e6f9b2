import type { ArgumentDetail } from '#lib/core/api-error.ts'

/** A wrong field and why, as `argument_name` and `help_message` of an API error. */
export type FieldProblem = { field: string; message: string }

/** An error that the caller is told of: its HTTP status and its body. Every other error is ours and stays inside. */
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
  // As the real API has it.
  route: 'privateNetwork',
  certificate: 'certificate',
  privateNetwork: 'privateNetwork',
  subscriber: 'subscriber',
  delivery: 'delivery',
  change: 'change',
  token: 'api token',
} as const

/** The one-key body of the real API's load balancer, with its own spelling of each resource. */
export function notFound(resource: keyof typeof NOT_FOUND): ApiError {
  return new ApiError(404, { message: `${NOT_FOUND[resource]} not Found` })
}

/** A 404 as Scaleway's other products word it. */
export function resourceNotFound(resource: string, id: string): ApiError {
  const message = 'resource is not found'
  return new ApiError(404, { message, resource, resource_id: id, type: 'not_found' })
}

/** Fields, or reasons, that one error names: more than anybody reads. */
export const PROBLEMS_MAX = 100

/** @param all wrong fields, of which the first are named */
export function invalidArguments(all: ArgumentDetail[]): ApiError {
  const details = all.slice(0, PROBLEMS_MAX)
  return new ApiError(400, { details, message: 'invalid argument(s)', type: 'invalid_arguments' })
}

/** One wrong field that only the state shows to be wrong. */
export function invalidField(field: string, message: string): ApiError {
  return invalidArguments([constraint({ field, message })])
}

export function constraint({ field, message }: FieldProblem): ArgumentDetail {
  return { argument_name: field, help_message: message, reason: 'constraint' }
}

/** @throws ApiError 400 that names them, if there are any. */
export function refuseProblems(problems: FieldProblem[]): void {
  if (problems.length > 0) throw invalidArguments(problems.map(constraint))
}

/**
 * What of the state a call needs. The SDKs have words for the first two, so the calls that they make answer with these alone; the
 * others are of Fairlead's own calls.
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

/**
 * `method` says what was shown. The SDKs show secret keys alone, and have words for `api_key` and for each reason.
 */
export function deniedAuthentication(
  method: 'api_key' | 'session' | 'password' | 'node_secret',
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

/** A part of Fairlead does not answer. */
export function unavailable(message: string): ApiError {
  return new ApiError(503, { help_message: message, message, type: 'unavailable' })
}

/** As much is being done as can be. */
export function overloaded(message: string, retrySeconds: number): ApiError {
  return new ApiError(
    503,
    { help_message: message, message, type: 'unavailable' },
    { 'Retry-After': String(retrySeconds) },
  )
}

const DENIED = {
  read: 'You may not see this.',
  write:
    'You may look at everything and change nothing. An owner can give you the role of an editor.',
  people: 'Only owners who are logged in say who may do what.',
}

/** Who asks may not. */
export function permissionsDenied(right: keyof typeof DENIED, resource: string): ApiError {
  return new ApiError(403, {
    details: [{ action: right, resource }],
    help_message: DENIED[right],
    message: 'insufficient permissions',
    type: 'permissions_denied',
  })
}

/** An API token that is valid may not be used like this. */
export function deniedToken(help: string): ApiError {
  return new ApiError(403, {
    details: [{ action: 'use', resource: 'token' }],
    help_message: help,
    message: help,
    type: 'permissions_denied',
  })
}

/** Nothing can be written; what is there can be read, and nodes serve on. */
export function diskFull(): ApiError {
  const message =
    'The disk of the control plane is full, so nothing was changed. Traffic goes on. Make room where Fairlead keeps its ' +
    'data, and try again.'
  return new ApiError(507, { help_message: message, message, type: 'disk_full' })
}
