import type * as z from 'zod'
import type { ValidationError } from '#lib/client/api-error.ts'
import type { RulesValues } from './form-values.ts'
import { serverLines } from './server-lines.ts'

/** The API's fields whose inputs have another name or place in the forms. */
const RENAMED: readonly [RegExp, string][] = [
  [/^tags(\.\d+)?$/, 'tags'],
  [/^ip_ids?(\.\d+)?$/, 'ip'],
  [/^(frontends\.\d+)\.inbound_port$/, '$1.port'],
  [/^(frontends\.\d+)\.backend(_id)?$/, '$1.backend'],
  [/^(backends\.\d+)\.forward_(protocol|port)$/, '$1.$2'],
  [/^(backends\.\d+)\.server_ip(\.\d+)?$/, '$1.servers'],
  [/^(frontends\.\d+)\.timeout_client$/, '$1.clientTimeout'],
  [/^(frontends\.\d+)\.connection_rate_limit$/, '$1.rateLimit'],
  [/^(frontends\.\d+)\.enable_access_logs$/, '$1.accessLog'],
  [/^(backends\.\d+)\.(send_proxy_v2|proxy_protocol)$/, '$1.proxy'],
  [/^(backends\.\d+)\.sticky_sessions$/, '$1.sticky'],
  [/^(backends\.\d+)\.sticky_sessions_cookie_name$/, '$1.cookie'],
  [/^(backends\.\d+)\.sticky_sessions_nocache$/, '$1.nocache'],
  [/^(backends\.\d+)\.host$/, '$1.serverHost'],
  [/^(backends\.\d+)\.failover_host$/, '$1.failoverHost'],
  [/^(backends\.\d+)\.forward_port_(algorithm)$/, '$1.$2'],
  [/^(backends\.\d+)\.timeout_(connect|server|tunnel|queue)$/, '$1.timeouts.$2'],
  [/^(backends\.\d+)\.max_connections$/, '$1.maxConnections'],
  [/^(backends\.\d+)\.max_retries$/, '$1.maxRetries'],
  [/^(backends\.\d+)\.redispatch_attempt_count$/, '$1.redispatch'],
  [/^(backends\.\d+)\.health_check\.(port)$/, '$1.check.$2'],
  [/^(backends\.\d+)\.health_check\.check_(delay|timeout)$/, '$1.check.$2'],
  [/^(backends\.\d+)\.health_check\.check_max_(retries)$/, '$1.check.$2'],
  [/^(backends\.\d+)\.health_check\.transient_check_delay$/, '$1.check.transientDelay'],
  [/^(backends\.\d+)\.health_check\.https?_config\.(uri|method|code|sni)$/, '$1.check.$2'],
  [/^(backends\.\d+)\.health_check\.https?_config\.host_header$/, '$1.check.host'],
  [/^(backends\.\d+)\.health_check\.(?:mysql|pgsql)_config\.(user)$/, '$1.check.$2'],
  [/^(backends\.\d+)\.health_check\.(?:\w+)_config$/, '$1.check.kind'],
  [/^(name|description|(frontends|backends)\.\d+\.name|frontends\.\d+\.protocol)$/, '$1'],
]

const SERVER = /^backends\.(\d+)\.server_ip\.(\d+)$/

/** The input that an API field belongs to; null where the forms have none. */
function inputOf(field: string): string | null {
  // A rule that is created beside others has a list of its own in the request, but not in the form.
  const path = field.replace(/^new_/, '')
  const found = RENAMED.find(([pattern]) => pattern.test(path))
  return found ? path.replace(...found) : null
}

/** Says on which line a wrong server stands. */
function messageOf({ field, message }: ValidationError, values: RulesValues): string {
  const server = SERVER.exec(field)
  if (!server) return message
  const lines = serverLines(values.backends[Number(server[1])]?.servers ?? '')
  const line = lines[Number(server[2])]?.line
  return line === undefined ? message : `Line ${line}: ${message}`
}

/**
 * Where a problem is shown that comes of another one: a check without a port of its own has the backend's, and a
 * frontend can't name a backend that has no name yet.
 */
function shownAt(input: string, values: RulesValues): string {
  const [kind, index, ...rest] = input.split('.')
  const field = rest.join('.')
  if (kind === 'backends' && field === 'check.port') {
    const own = values.backends[Number(index)]?.check.port.trim()
    return own === '' ? `backends.${index}.port` : input
  }
  if (kind === 'frontends' && field === 'backend') {
    const key = values.frontends[Number(index)]?.backend
    const nameless = values.backends.findIndex((one) => one.key === key && one.name.trim() === '')
    return nameless === -1 ? input : `backends.${nameless}.name`
  }
  return input
}

/** Problems by the input they belong to, the first of each; and those that no input can show. */
export type PlacedProblems = { byInput: Map<string, string>; elsewhere: string[] }

/** Finds for each of the API's problems the input to show it at. */
export function placeProblems(
  problems: readonly ValidationError[],
  values: RulesValues,
): PlacedProblems {
  const placed: PlacedProblems = { byInput: new Map(), elsewhere: [] }
  for (const problem of problems) {
    const input = inputOf(problem.field)
    if (input === null) {
      placed.elsewhere.push(problem.message)
      continue
    }
    const shown = shownAt(input, values)
    if (!placed.byInput.has(shown)) placed.byInput.set(shown, messageOf(problem, values))
  }
  return placed
}

/** What a schema finds wrong with a request; `prefix` says where in the form it lies: "backends.0.". */
export function schemaProblems(
  schema: z.ZodType,
  request: unknown,
  prefix = '',
): ValidationError[] {
  const { error } = schema.safeParse(request)
  return (error?.issues ?? []).map(({ path, message }) => ({
    field: prefix + path.join('.'),
    message,
  }))
}

/**
 * The same with a schema that is loaded when something is checked first: the page shows without it. Where it can't be
 * loaded nothing is found, and the server says what is wrong.
 */
export async function lateProblems(
  load: () => Promise<z.ZodType>,
  request: unknown,
  prefix = '',
): Promise<ValidationError[]> {
  const schema = await load().catch(() => null)
  return schema ? schemaProblems(schema, request, prefix) : []
}
