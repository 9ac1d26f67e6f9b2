import type { Change } from '#lib/core/change.ts'
import { CHECK_KINDS, type CheckKind } from '#lib/core/check-kind.ts'
import { parseDuration } from '#lib/core/duration-text.ts'
import { ALGORITHM_NAMES, CHECK_NAMES, PROXY_NAMES, STICKY_NAMES } from '../backend-options.ts'

type Row = Record<string, unknown>
/** Names by id, for fields that hold an id. */
export type Names = ReadonlyMap<string, string>
type Value = string | string[] | undefined
type Read = (row: Row, names: Names) => Value
type Field = [label: string, read: Read]

const rowOf = (value: unknown): Row => (value ?? {}) as Row
const list = (value: unknown) => (Array.isArray(value) ? value.map(String) : [])
const yesNo = (value: unknown) => (value ? 'Yes' : 'No')

/** A text or number as it is. @param nothing shown for null, undefined and "" */
const plain =
  (key: string, nothing = 'None'): Read =>
  (row) =>
    row[key] === null || row[key] === undefined || row[key] === '' ? nothing : String(row[key])

const named =
  (key: string, names: Record<string, string>): Read =>
  (row) =>
    names[String(row[key])] ?? String(row[key] ?? 'None')

const milliseconds =
  (key: string): Read =>
  (row) => {
    const value = row[key]
    if (value === null || value === undefined) return 'Default'
    return String(typeof value === 'string' ? (parseDuration(value) ?? value) : value)
  }

const kindOf = (check: Row): CheckKind =>
  CHECK_KINDS.find((kind) => check[`${kind}_config`] != null) ?? 'tcp'

const ofCheck =
  (read: Read): Read =>
  (row, names) =>
    read(rowOf(row.health_check), names)

/** An option that only some kinds of check have. */
const checkOption = (key: string, nothing = 'None'): Read =>
  ofCheck((check) => {
    const config = rowOf(check[`${kindOf(check)}_config`])
    return key in config ? String(config[key] || nothing) : undefined
  })

const cookieName: Read = (row) =>
  row.sticky_sessions === 'cookie' ? String(row.sticky_sessions_cookie_name) : undefined

const cachedCookie: Read = (row) =>
  row.sticky_sessions === 'cookie' && row.sticky_sessions_nocache === false ? 'Allowed' : undefined

const checkPathOrUser: Read = (row, names) =>
  checkOption('uri')(row, names) ?? checkOption('user')(row, names)

const ROUTE_KINDS = { sni: 'Server name', host_header: 'Host', path_begin: 'Path begins with' }

/** "Host example.com and its subdomains". */
const routeMatch: Read = (row) => {
  const match = rowOf(row.match)
  const kind = Object.entries(ROUTE_KINDS).find(([key]) => key in match)
  const below = match.match_subdomains ? ' and its subdomains' : ''
  return kind ? `${kind[1]} ${match[kind[0]]}${below}` : 'None'
}

const ofMatch =
  (read: Read): Read =>
  (row, names) =>
    read(rowOf(row.match), names)

const HTTP_FILTERS = {
  acl_http_filter_none: 'None',
  path_begin: 'Path begins with',
  path_end: 'Path ends with',
  regex: 'Path matches',
  http_header_match: 'Header is',
}

/** "redirect (307) to https://example.com". */
const aclAction: Read = (row) => {
  const { type, redirect } = rowOf(row.action)
  const { code, target } = rowOf(redirect)
  return redirect ? `${type} (${code}) to ${target}` : String(type)
}

/** The editable fields of each type of resource, with their labels in the forms. */
const FIELDS: Record<Change['resource']['type'], Field[]> = {
  token: [['Name', plain('name')]],
  node: [['Name', plain('name')]],
  join_token: [['Name', plain('name')]],
  account: [
    ['Name', plain('name')],
    ['Role', plain('role')],
    ['State', plain('state')],
  ],
  lb: [
    ['Name', plain('name')],
    ['Description', plain('description')],
    ['Tags', (row) => list(row.tags)],
    ['Type', plain('type')],
    ['SSL compatibility', plain('ssl_compatibility_level')],
  ],
  ip: [
    ['IP address', plain('ip_address')],
    ['Reverse', plain('reverse')],
    ['Tags', (row) => list(row.tags)],
  ],
  frontend: [
    ['Name', plain('name')],
    ['Port', plain('inbound_port')],
    ['Backend', (row, names) => names.get(String(row.backend_id)) ?? 'A deleted backend rule'],
    ['Client timeout (ms)', milliseconds('timeout_client')],
    ['Connection rate limit', plain('connection_rate_limit', 'No limit')],
    ['Access log', (row) => yesNo(row.enable_access_logs)],
  ],
  route: [
    ['For', routeMatch],
    ['Backend', (row, names) => names.get(String(row.backend_id)) ?? 'A deleted backend rule'],
  ],
  acl: [
    ['Name', plain('name')],
    ['Description', plain('description')],
    ['Order', plain('index')],
    ['Action', aclAction],
    ['Addresses', (row) => list(rowOf(row.match).ip_subnet)],
    ['HTTP filter', ofMatch(named('http_filter', HTTP_FILTERS))],
    ['Header', ofMatch(plain('http_filter_option'))],
    ['Values', (row) => list(rowOf(row.match).http_filter_value)],
    ['Unless', ofMatch((match) => yesNo(match.invert))],
  ],
  certificate: [
    ['Name', plain('name')],
    ['Domain name', plain('common_name')],
    ['State', plain('status')],
    ['Reason', plain('status_details')],
  ],
  subscriber: [
    ['Name', plain('name')],
    ['Email', plain('email')],
    ['Webhook', plain('uri')],
  ],
  private_network: [['Private network', plain('private_network_id')]],
  backend: [
    ['Name', plain('name')],
    ['Protocol', (row) => String(row.forward_protocol).toUpperCase()],
    ['Port', plain('forward_port')],
    ['Server IPs', (row) => list(row.servers)],
    ['Proxy', named('proxy_protocol', PROXY_NAMES)],
    ['Sticky session', named('sticky_sessions', STICKY_NAMES)],
    ['Cookie name', cookieName],
    ['Cookie in shared caches', cachedCookie],
    ['Health check type', ofCheck((check) => CHECK_NAMES[kindOf(check)])],
    ['Health check option', checkPathOrUser],
    ['Method', checkOption('method')],
    ['Expected code', checkOption('code')],
    ['Host', checkOption('host_header', 'Default')],
    ['SNI', checkOption('sni', 'Default')],
    ['Check port', ofCheck(plain('port'))],
    ['Check delay (ms)', ofCheck(milliseconds('check_delay'))],
    ['Check timeout (ms)', ofCheck(milliseconds('check_timeout'))],
    ['Check retries', ofCheck(plain('check_max_retries'))],
    ['Transient check delay (ms)', ofCheck(milliseconds('transient_check_delay'))],
    ['Check with the PROXY protocol', ofCheck((check) => yesNo(check.check_send_proxy))],
    ['Balancing', named('forward_port_algorithm', ALGORITHM_NAMES)],
    ['Connections per server', plain('max_connections', 'No limit')],
    ['Retries', plain('max_retries', 'Default')],
    ['Redispatch attempts', plain('redispatch_attempt_count', 'Default')],
    [
      'Cut connections of a server that is down',
      (row) => yesNo(row.on_marked_down_action === 'shutdown_sessions'),
    ],
    ['Connect timeout (ms)', milliseconds('timeout_connect')],
    ['Server timeout (ms)', milliseconds('timeout_server')],
    ['Tunnel timeout (ms)', milliseconds('timeout_tunnel')],
    ['Queue timeout (ms)', milliseconds('timeout_queue')],
    ['Host for servers', plain('host', "The client's")],
    ['Failover host', plain('failover_host')],
  ],
}

/** The fields that are shown of a new resource. The others are on its page. */
const SHOWN_FOR_NEW = new Set([
  'Port',
  'Backend',
  'Protocol',
  'Server IPs',
  'Health check type',
  'Tags',
  'For',
  'Action',
])

/** A field's values before and after, null for none. Of a list: the added and removed items. */
export type ChangedField =
  | { label: string; before: string | null; after: string | null }
  | { label: string; added: string[]; removed: string[] }

/**
 * The fields that a change affected, in the order of the forms. For a new resource these are its main fields, without a
 * value before. For a deleted one there are none.
 */
export function changedFields(
  { resource, before, after }: Pick<Change, 'resource' | 'before' | 'after'>,
  names: Names,
): ChangedField[] {
  if (after === null) return []
  const fields = FIELDS[resource.type]
  const shown = before === null ? fields.filter(([label]) => SHOWN_FOR_NEW.has(label)) : fields
  return shown.flatMap(([label, read]) => {
    const earlier = before === null ? undefined : read(rowOf(before), names)
    return difference(label, earlier, read(rowOf(after), names)) ?? []
  })
}

function difference(label: string, before: Value, after: Value): ChangedField | null {
  if (Array.isArray(after)) {
    const earlier = Array.isArray(before) ? before : []
    const added = after.filter((one) => !earlier.includes(one))
    const removed = earlier.filter((one) => !after.includes(one))
    return added.length + removed.length > 0 ? { label, added, removed } : null
  }
  if (before === after) return null
  return { label, before: typeof before === 'string' ? before : null, after: after ?? null }
}
