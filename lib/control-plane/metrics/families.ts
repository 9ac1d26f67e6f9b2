import { VERSION } from '../version.ts'
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

function* ofTheInstallation({ nodes, faults }: Snapshot): Generator<Family> {
  yield info('fairlead_build_info', 'Which version runs', [{ version: VERSION }])
  yield {
    name: 'fairlead_node_processes',
    type: 'gauge',
    help: 'Processes of a node that follow the control plane; 0 for a node that is gone',
    samples: nodes.map(([node, value]) => ({ labels: labelText({ node }), value })),
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
    help: 'The generation of its configuration that is wanted',
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

function* ofInstances({ told: { lbs } }: Snapshot): Generator<Family> {
  yield familyOf(
    'gauge',
    'fairlead_lb_applied_generation',
    'The generation of its configuration that is in effect',
    lbs,
    ({ report }) => report.generation,
  )
  yield familyOf(
    'gauge',
    'fairlead_lb_active',
    '1 where the node carries its traffic, 0 where it stands by',
    lbs,
    ({ report }) => Number(report.active),
  )
  yield familyOf(
    'counter',
    'fairlead_access_log_dropped_lines_total',
    'Lines that are missing in the access log, as they could not be written in time',
    lbs,
    ({ report }) => report.access_log_dropped,
  )
}

function* ofFrontends({ told: { frontends } }: Snapshot): Generator<Family> {
  const prefix = 'fairlead_frontend'
  const whose = 'of a frontend'
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
    '1 where its port is listened on',
    frontends,
    ({ listening }) => Number(listening),
  )
  yield counter('connections', "Clients' connections", (all) => all.connections_total)
  yield counter(
    'rate_delayed_connections',
    'Connections that the connection rate limit made wait',
    (all) => all.rate_delayed,
  )
  yield counter(
    'rate_refused_connections',
    'Connections that the connection rate limit closed; they are not among the others',
    (all) => all.rate_refused,
  )
  yield counter(
    'request_errors',
    'Requests that were refused: malformed, too large, or not there in time',
    (all) => all.bad_requests,
  )
  yield counter('requests_denied', 'Requests that an ACL denied', (all) => all.requests_denied)
  yield counter(
    'requests_redirected',
    'Requests that an ACL sent elsewhere',
    (all) => all.requests_redirected,
  )
  yield counter(
    'match_limit_denied_requests',
    'Requests denied because matching them exceeded the step budget',
    (all) => all.match_limit_denied,
  )
  yield counter(
    'denied_connections',
    'Connections in TCP mode that an ACL denied; they are among the others',
    (all) => all.connections_denied,
  )
  yield counter(
    'limit_refused_connections',
    "Connections beyond the limit of the load balancer's type; they are not among the others",
    (all) => all.limit_refused,
  )
  yield* countedFamilies(prefix, whose, frontends)
  yield responseTimes(prefix, whose, frontends)
}

function* ofBackends({ told: { backends } }: Snapshot): Generator<Family> {
  const prefix = 'fairlead_backend'
  const whose = 'of a backend'
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
    'Further attempts after a connection could not be opened, and requests sent again',
    (all) => all.retries,
  )
  yield family(
    'counter',
    'redispatches_total',
    'Further attempts that went to another server',
    (all) => all.redispatches,
  )
  yield family('gauge', 'current_queue', 'Who waits for a full server', (all) => all.queue_current)
  yield family('gauge', 'max_queue', 'The most that ever waited at a time', (all) => all.queue_max)
  yield family(
    'counter',
    'queue_timeouts_total',
    'Who waited for a full server in vain',
    (all) => all.queue_timeouts,
  )
  yield* countedFamilies(prefix, whose, backends)
  yield responseTimes(prefix, whose, backends)
}

function* ofServers({ told: { servers } }: Snapshot): Generator<Family> {
  const prefix = 'fairlead_server'
  const whose = 'of a server'
  yield familyOf(
    'gauge',
    `${prefix}_up`,
    '1 where health checks find it up, 0 where they find it down; absent before the first',
    servers,
    ({ observed }) =>
      !observed || observed.state === 'unknown' ? null : Number(observed.state === 'up'),
  )
  yield familyOf(
    'gauge',
    `${prefix}_check_duration_seconds`,
    'How long its last health check took',
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
  yield* countedFamilies(prefix, whose, servers)
  yield responseTimeSums(prefix, whose, servers)
}

const USES = 'Connections tried, and requests sent over kept ones'

/** What labels alone tell. */
function info(name: string, help: string, all: Record<string, string | number>[]): Family {
  const samples = all.map((labels) => ({ labels: labelText(labels), value: 1 }))
  return { name, type: 'gauge', help, samples }
}
