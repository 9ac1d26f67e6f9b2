import { ALGORITHM_NAMES, CHECK_NAMES, PROXY_NAMES, STICKY_NAMES } from '../backend-options.ts'
import { serverLines } from './typed-text.ts'

/** The inputs' labels by path. */
const LABELS: Record<string, string> = {
  name: 'Name',
  description: 'Description',
  tags: 'Tags',
  protocol: 'Protocol',
  port: 'Port',
  backend: 'Backend',
  clientTimeout: 'Client timeout (ms)',
  rateLimit: 'Connection rate limit',
  accessLog: 'Access log',
  proxy: 'Proxy',
  servers: 'Server IPs',
  sticky: 'Sticky session',
  cookie: 'Cookie name',
  nocache: 'Keep the cookie out of shared caches',
  serverHost: 'Host for servers',
  tls: 'TLS to servers',
  failoverHost: 'Failover host',
  algorithm: 'Balancing',
  maxConnections: 'Connections per server',
  maxRetries: 'Retries',
  redispatch: 'Redispatch attempts',
  cutWhenDown: 'Cut connections of a server that is down',
  'timeouts.connect': 'Connect timeout (ms)',
  'timeouts.server': 'Server timeout (ms)',
  'timeouts.tunnel': 'Tunnel timeout (ms)',
  'timeouts.queue': 'Queue timeout (ms)',
  'check.kind': 'Health check type',
  'check.uri': 'Health check option',
  'check.user': 'Health check option',
  'check.method': 'Method',
  'check.code': 'Expected code',
  'check.host': 'Host',
  'check.sni': 'SNI',
  'check.port': 'Check port',
  'check.delay': 'Check delay (ms)',
  'check.timeout': 'Check timeout (ms)',
  'check.transientDelay': 'Delay while changing state (ms)',
  'check.retries': 'Check retries',
  'check.sendProxy': 'Begin checks with the client header',
}

const CHOICES: Record<string, Record<string, string>> = {
  proxy: PROXY_NAMES,
  sticky: STICKY_NAMES,
  algorithm: ALGORITHM_NAMES,
  'check.kind': CHECK_NAMES,
}

/** An input's label. */
export const fieldLabel = (path: string): string => LABELS[path] ?? path

/** An input's value as text. @param backendName names a backend by its ID */
export function fieldText(
  path: string,
  value: string | boolean,
  backendName: (id: string) => string = (id) => id,
): string {
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (path === 'protocol') return value.toUpperCase()
  if (path === 'backend') return backendName(value) || 'None'
  if (path === 'servers')
    return serverLines(value)
      .map(({ address }) => address)
      .join(', ')
  return CHOICES[path]?.[value] ?? (value || 'Not set')
}
