/** A wrong field of a request. `argument_name` is its path: `backends.0.server_ip.1`. */
export type ArgumentDetail = {
  argument_name: string
  reason: 'unknown' | 'required' | 'format' | 'constraint'
  help_message: string
}

/**
 * The body of every error response. Other keys depend on `type`, as in Scaleway's API: `details` with `invalid_arguments`, `resource`
 * and `resource_id` with `not_found`, and so on.
 */
export type ApiErrorBody = {
  message: string
  type?: string | undefined
  details?: Record<string, unknown>[] | undefined
  help_message?: string | undefined
  [key: string]: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown) => value === undefined || typeof value === 'string'

/** Parses an error response; null if it isn't one. Works without zod, because every page loads it. */
export function readApiError(json: unknown): ApiErrorBody | null {
  if (!isObject(json) || typeof json.message !== 'string') return null
  if (!isText(json.type) || !isText(json.help_message)) return null
  const { details } = json
  if (details !== undefined && !(Array.isArray(details) && details.every(isObject))) return null
  return json as ApiErrorBody
}

/** The wrong fields in an error response; empty for other kinds of errors. */
export function argumentDetails(body: ApiErrorBody): ArgumentDetail[] {
  return (body.details ?? []).filter(
    ({ argument_name, help_message }) =>
      typeof argument_name === 'string' && typeof help_message === 'string',
  ) as ArgumentDetail[]
}
