/** One wrong field of a request. `argument_name` is its path: `backends.0.server_ip.1`. */
export type ArgumentDetail = {
  argument_name: string
  reason: 'unknown' | 'required' | 'format' | 'constraint'
  help_message: string
}

/**
 * The body of every error answer. Keys beside `message` depend on `type`, as in the real API:
 * `details` with `invalid_arguments`, `resource` and `resource_id` with `not_found`, and so on.
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

/** An error answer's body, or null where it is none. Without a schema, because every page has to read errors. */
export function readApiError(json: unknown): ApiErrorBody | null {
  if (!isObject(json) || typeof json.message !== 'string') return null
  if (!isText(json.type) || !isText(json.help_message)) return null
  const { details } = json
  if (details !== undefined && !(Array.isArray(details) && details.every(isObject))) return null
  return json as ApiErrorBody
}

/** The wrong fields that an error answer names; none where it is another kind of error. */
export function argumentDetails(body: ApiErrorBody): ArgumentDetail[] {
  return (body.details ?? []).filter(
    ({ argument_name, help_message }) =>
      typeof argument_name === 'string' && typeof help_message === 'string',
  ) as ArgumentDetail[]
}
