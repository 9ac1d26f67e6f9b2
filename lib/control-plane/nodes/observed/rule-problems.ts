import { cookieNameProblems, settingsWithoutEffect } from '#lib/core/backend.ts'
import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import type { ObservedServer } from '#lib/core/observed.ts'
import type { Problem } from '#lib/core/problem.ts'
import type { Rules } from '../../store/load-rules.ts'
import { hasManyErrors, type ResponseCounts } from '../../traffic/recent-responses.ts'
import { activeReport } from './instance-state.ts'
import type { LbState } from './lb-status.ts'

type Backend = Rules['backends'][number]

/** The problems of a load balancer's rules: of its servers and responses, and of settings. */
export function ruleProblems(
  lb: LbState,
  rules: Rules,
  responses: ResponseCounts | null,
): Problem[] {
  return [
    ...serverProblems(lb, rules),
    ...responseProblems(lb, responses),
    ...matchingProblems(lb, rules),
    ...ineffectiveSettings(rules),
    ...expiredCertificates(rules),
  ]
}

/** Backends without servers, and those with servers that are down. Of a backend that no frontend uses, both affect no traffic. */
function serverProblems({ instances }: LbState, { backends, frontends, routes }: Rules): Problem[] {
  const states = Map.groupBy(activeReport(instances)?.servers ?? [], ({ backend_id }) => backend_id)
  const defaults = new Set(frontends.map(({ backend_id }) => backend_id))
  const routed = new Set(routes.map(({ backend_id }) => backend_id))
  const severityOf = (id: string): Problem['severity'] => {
    if (defaults.has(id)) return 'critical'
    return routed.has(id) ? 'warning' : 'info'
  }
  return backends.flatMap((backend) => {
    const { id, servers } = backend
    const severity = severityOf(id)
    if (servers.length === 0) {
      return [ofBackend(backend, severity, 'It has no servers.', { action: 'add_servers' })]
    }
    const down = downServers(servers, states.get(id) ?? [])
    const [first] = down.map(({ since }) => since).toSorted()
    const last = down
      .map(({ since }) => since)
      .toSorted()
      .at(-1)
    if (first === undefined || last === undefined) return []
    const isAll = down.length === servers.length
    const rest = {
      last_answer: lastAnswer(down, servers.length),
      since: isAll ? last : first,
      action: 'edit_health_check',
    } as const
    const softer = severity === 'critical' ? 'warning' : severity
    return [ofBackend(backend, isAll ? severity : softer, downText(down, servers.length), rest)]
  })
}

/** The servers of a backend that are down. A report of an older generation may have others. */
export function downServers(
  servers: readonly string[],
  observed: readonly ObservedServer[],
): ObservedServer[] {
  const configured = new Set(servers)
  return observed.filter(({ address, state }) => state === 'down' && configured.has(address))
}

function downText({ length }: readonly ObservedServer[], of: number): string {
  if (length === of && of === 1) return 'Its only server is down.'
  if (length === of) return of === 2 ? 'Both servers are down.' : `All ${of} servers are down.`
  return `${length} of ${of} servers ${length === 1 ? 'is' : 'are'} down.`
}

/** Addresses that are named for each outcome of a check. */
const NAMED_MAX = 2

/** "connection refused" of all, or the servers of each outcome: "HTTP 500 (10.0.0.7); connection refused (10.0.0.8)". */
function lastAnswer(down: readonly ObservedServer[], of: number): string {
  const byReason = [...Map.groupBy(down, ({ reason }) => reason)]
  const [first] = byReason
  if (first && byReason.length === 1 && down.length === of) return first[0]
  return byReason
    .map(([reason, servers]) => {
      const names =
        servers.length > NAMED_MAX
          ? `${servers.length} servers`
          : servers.map(({ address }) => address).join(', ')
      return `${reason} (${names})`
    })
    .join('; ')
}

function responseProblems({ id, name }: LbState, responses: ResponseCounts | null): Problem[] {
  if (!responses || !hasManyErrors(responses)) return []
  const { total, errors } = responses
  const count = (number: number) => number.toLocaleString('en-US')
  return [
    {
      object: { type: 'load_balancer', id, name },
      severity: 'warning',
      message: `${Math.round((errors / total) * 100)} % of responses are 5xx. In the last 5 minutes, ${count(errors)} of ${count(total)} were.`,
      last_answer: null,
      since: null,
      action: 'show_traffic',
    },
  ]
}

/** Frontends that exceed the matching limits, saved before the limits existed. */
function matchingProblems({ instances }: LbState, { frontends }: Rules): Problem[] {
  const costly = new Map(
    activeReport(instances)?.costly_frontends?.map(({ frontend_id, steps }) => [
      frontend_id,
      steps,
    ]),
  )
  return frontends.flatMap((frontend) => {
    const steps = costly.get(frontend.id)
    if (steps === undefined) return []
    const message =
      `The regular expressions in its ACLs take ${steps} steps per character. The limit is ` +
      `${MATCH_STEPS_MAX}, so requests with long paths are denied (403). Remove or simplify some of them.`
    return [ofFrontend(frontend, 'warning', message, 'edit_acls')]
  })
}

/** Settings that Scaleway's API accepts, but that have no effect in Fairlead. */
function ineffectiveSettings({ backends, frontends }: Rules): Problem[] {
  const inTcp = backends.flatMap((backend) =>
    settingsWithoutEffect(backend).map(({ field }) =>
      ofBackend(backend, 'info', ineffectiveInTcp(field), { action: 'edit_backend' }),
    ),
  )
  const refused = backends
    .filter((backend) => backend.forward_protocol === 'http')
    .filter((backend) => cookieNameProblems(backend).length > 0)
    .map((backend) =>
      ofBackend(
        backend,
        'info',
        `Browsers reject its sticky cookie "${backend.sticky_sessions_cookie_name}": cookies with this prefix need HTTPS.`,
        { action: 'edit_backend' },
      ),
    )
  const http3 = frontends
    .filter(({ enable_http3: on }) => on)
    .map((frontend) =>
      ofFrontend(frontend, 'info', 'HTTP/3 has no effect: it needs TLS, which is not offloaded.'),
    )
  return [...inTcp, ...refused, ...http3]
}

function ineffectiveInTcp(field: string): string {
  if (field === 'failover_host') {
    return "The failover host has no effect: TCP clients can't be redirected."
  }
  return field === 'host'
    ? 'The host has no effect: in TCP mode it is a server name, which needs TLS to the servers.'
    : "Cookie-based sticky sessions don't work over TCP. Use table."
}

function expiredCertificates({ expired }: Rules): Problem[] {
  return expired.map(({ id, name, not_valid_after: end }) => ({
    object: { type: 'certificate', id, name },
    severity: 'info',
    message: `It expired on ${end.slice(0, 10)}. Import a new one, and delete this one.`,
    last_answer: null,
    since: end,
    action: 'replace_certificate',
  }))
}

function ofBackend(
  { id, name }: Pick<Backend, 'id' | 'name'>,
  severity: Problem['severity'],
  message: string,
  rest: Partial<Problem>,
): Problem {
  return {
    object: { type: 'backend', id, name },
    ...{ severity, message, last_answer: null, since: null, action: null },
    ...rest,
  }
}

function ofFrontend(
  { id, name }: Rules['frontends'][number],
  severity: Problem['severity'],
  message: string,
  action: Problem['action'] = 'edit_frontend',
): Problem {
  return {
    object: { type: 'frontend', id, name },
    ...{ severity, message, last_answer: null, since: null, action },
  }
}
