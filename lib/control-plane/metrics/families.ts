import { VERSION } from '#lib/process/version.ts'
import { countedFamilies, familyOf, responseTimeSums, responseTimes } from './counted.ts'
import { type Family, labelText } from './exposition.ts'
import type { Snapshot } from './snapshot.ts'

/** All metrics, family by family. */
export function* families(snapshot: Snapshot): Generator<Family> {
  yield* ofTheInstallation(snapshot)
  yield* ofLbs(snapshot)
  yield* ofRules(snapshot)
  yield* ofInstances(snapshot)
  yield* ofFrontends(snapshot)
  yield* ofBackends(snapshot)
  yield* ofServers(snapshot)
}

function* ofTheInstallation({ nodes, certificates, faults }: Snapshot): Generator<Family> {
  yield info('fairlead_build_info', 'The version', [{ version: VERSION }])
  yield {
    name: 'fairlead_node_processes',
    type: 'gauge',
    help: 'Connected worker processes of a node; 0 for a disconnected node',
    samples: nodes.map(([node, value]) => ({ labels: labelText({ node }), value })),
  }
  yield {
    name: 'fairlead_node_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the certificate of a joined node ends, as Unix time',
    samples: certificates.map(([node, value]) => ({ labels: labelText({ node }), value })),
  }
  yield {
    name: 'fairlead_node_faults_total',
    type: 'counter',
    help: 'Faults in a process of a node, by boundary (the kind of callback that threw)',
    samples: faults.nodes.flatMap(({ node, worker, faults: own }) =>
      own.map(({ boundary, total: value }) => ({
        labels: labelText({ node, worker, boundary }),
        value,
      })),
    ),
  }
  yield {
    name: 'fairlead_control_plane_faults_total',
    type: 'counter',
    help: 'Faults in the control plane, by boundary (the kind of callback that threw)',
    samples: faults.own.map(({ boundary, total: value }) => ({
      labels: labelText({ boundary }),
      value,
    })),
  }
}

function* ofLbs({ lbs }: Snapshot): Generator<Family> {
  const shown = lbs.map(({ id: lb, name, region }) => ({ lb, name, region }))
  yield info('fairlead_lb_info', "A load balancer's name, by its id", shown)
  yield {
    name: 'fairlead_lb_generation',
    type: 'gauge',
    help: 'The generation of the desired configuration',
    samples: lbs.map(({ id: lb, generation: value }) => ({ labels: labelText({ lb }), value })),
  }
}

function* ofRules({ frontends, backends }: Snapshot): Generator<Family> {
  yield info(
    'fairlead_frontend_info',
    "A frontend's name, port and backend, by its id",
    frontends.map(({ lb_id: lb, id: frontend, name, inbound_port: port, backend_id: backend }) => ({
      lb,
      frontend,
      name,
      port,
      backend,
    })),
  )
  yield info(
    'fairlead_backend_info',
    "A backend's name and protocol, by its id",
    backends.map(({ lb_id: lb, id: backend, name, forward_protocol: protocol }) => ({
      lb,
      backend,
      name,
      protocol,
    })),
  )
}

function* ofInstances({ reported: { lbs } }: Snapshot): Generator<Family> {
  yield familyOf(
    'gauge',
    'fairlead_lb_applied_generation',
    'The generation of the applied configuration',
    lbs,
    ({ report }) => report.generation,
  )
  yield familyOf(
    'gauge',
    'fairlead_lb_active',
    '1 if the node is active for the load balancer, 0 if it is the backup',
    lbs,
    ({ report }) => Number(report.active),
  )
  yield familyOf(
    'counter',
    'fairlead_access_log_dropped_lines_total',
    'Access log lines that were dropped because they could not be written in time',
    lbs,
    ({ report }) => report.access_log_dropped,
  )
}

function* ofFrontends({ reported: { frontends } }: Snapshot): Generator<Family> {
  const prefix = 'fairlead_frontend'
  const helpSuffix = 'of a frontend'
  const counter = (
    name: string,
    help: string,
    read: (counters: (typeof frontends)[number]['counters']) => number,
  ) =>
    familyOf('counter', `${prefix}_${name}_total`, help, frontends, ({ counters }) =>
      read(counters),
    )
  yield familyOf(
    'gauge',
    `${prefix}_listening`,
    '1 if its port is open',
    frontends,
    ({ listening }) => Number(listening),
  )
  yield counter('connections', "Clients' connections", (all) => all.connections_total)
  yield counter(
    'rate_delayed_connections',
    'Connections delayed by the connection rate limit',
    (all) => all.rate_delayed,
  )
  yield counter(
    'rate_refused_connections',
    'Connections closed by the connection rate limit; not counted as connections',
    (all) => all.rate_refused,
  )
  yield counter(
    'request_errors',
    'Requests rejected as malformed, too large or too slow',
    (all) => all.bad_requests,
  )
  yield counter('requests_denied', 'Requests denied by an ACL', (all) => all.requests_denied)
  yield counter(
    'requests_redirected',
    'Requests redirected by an ACL or to a failover host',
    (all) => all.requests_redirected,
  )
  yield counter(
    'match_limit_denied_requests',
    'Requests denied because matching them exceeded the step budget',
    (all) => all.match_limit_denied,
  )
  yield counter(
    'denied_connections',
    'Connections in TCP mode denied by an ACL; also counted as connections',
    (all) => all.connections_denied,
  )
  yield counter(
    'limit_refused_connections',
    "Connections beyond the limit of the load balancer's type; not counted as connections",
    (all) => all.limit_refused,
  )
  yield* countedFamilies(prefix, helpSuffix, frontends)
  yield responseTimes(prefix, helpSuffix, frontends)
}

function* ofBackends({ reported: { backends } }: Snapshot): Generator<Family> {
  const prefix = 'fairlead_backend'
  const helpSuffix = 'of a backend'
  type One = (typeof backends)[number]
  const family = (
    type: 'counter' | 'gauge',
    name: string,
    help: string,
    read: (counters: One['counters']) => number,
  ) => familyOf(type, `${prefix}_${name}`, help, backends, ({ counters }) => read(counters))
  yield family('counter', 'uses_total', USES, (all) => all.connections_total)
  yield family(
    'counter',
    'retries_total',
    'Retried connection attempts and requests',
    (all) => all.retries,
  )
  yield family(
    'counter',
    'redispatches_total',
    'Retries on another server',
    (all) => all.redispatches,
  )
  yield family(
    'gauge',
    'current_queue',
    'Connections or requests queued for a server',
    (all) => all.queue_current,
  )
  yield family('gauge', 'max_queue', 'Maximum length of the queue', (all) => all.queue_max)
  yield family(
    'counter',
    'queue_timeouts_total',
    'Connections or requests that timed out in the queue',
    (all) => all.queue_timeouts,
  )
  yield* countedFamilies(prefix, helpSuffix, backends)
  yield responseTimes(prefix, helpSuffix, backends)
}

function* ofServers({ reported: { servers } }: Snapshot): Generator<Family> {
  const prefix = 'fairlead_server'
  const helpSuffix = 'of a server'
  yield familyOf(
    'gauge',
    `${prefix}_up`,
    '1 if health checks have marked it up, 0 if down; absent before the first check',
    servers,
    ({ observed }) =>
      !observed || observed.state === 'unknown' ? null : Number(observed.state === 'up'),
  )
  yield familyOf(
    'gauge',
    `${prefix}_check_duration_seconds`,
    'Duration of its last health check',
    servers,
    ({ observed }) => (observed?.latency_ms == null ? null : observed.latency_ms / 1000),
  )
  yield familyOf(
    'counter',
    `${prefix}_uses_total`,
    USES,
    servers,
    ({ counters }) => counters.connections_total,
  )
  yield* countedFamilies(prefix, helpSuffix, servers)
  yield responseTimeSums(prefix, helpSuffix, servers)
}

const USES = 'Attempted connections, and requests over reused connections'

/** A metric whose value is always 1; the labels carry the information. */
function info(name: string, help: string, all: Record<string, string | number>[]): Family {
  const samples = all.map((labels) => ({ labels: labelText(labels), value: 1 }))
  return { name, type: 'gauge', help, samples }
}
