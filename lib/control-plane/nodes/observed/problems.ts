import { cookieNameProblems, settingsWithoutEffect } from '#lib/core/backend.ts'
import { CLUSTERS, type Cluster, type Region } from '#lib/core/locality.ts'
import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import { nodeName } from '#lib/protocol/stream.ts'
import type { Rules } from '../../store/load-rules.ts'
import { divergenceMessage } from '../divergence/divergence-message.ts'
import {
  activeReport,
  failedListeners,
  hasNothingInForce,
  type NodeView,
} from './instance-state.ts'
import { instanceStatus, lbStatus, mayConnect, type StateInput } from './lb-status.ts'
import { hangInWords, quarantineInWords } from './node-messages.ts'

/** A load balancer's state, with its region and master. */
type Placed = StateInput & { master: Cluster; region: Region }

/** What is wrong with a load balancer, one plain sentence each. */
export function problemsOf(lb: Placed, rules: Rules): string[] {
  const down = [...addressProblems(lb, rules), ...nodeProblems(lb), ...listenerProblems(lb.nodes)]
  if (down.length === 0 && lbStatus(lb) === 'error') {
    down.push('Neither of its two instances accepts its traffic.')
  }
  return [
    ...divergenceProblems(lb),
    ...quarantineProblems(lb),
    ...hangProblems(lb),
    ...down,
    ...workerProblems(lb),
    ...applyProblems(lb),
    ...keepProblems(lb),
    ...configurationProblems(lb.nodes),
    ...backendProblems(lb.nodes, rules),
    ...matchingProblems(lb.nodes, rules),
    ...ineffectiveSettings(rules),
    ...expiredCertificates(rules),
  ]
}

function divergenceProblems({ divergence, generation, changedAt }: StateInput): string[] {
  return divergence ? [divergenceMessage(divergence, { generation, changed_at: changedAt })] : []
}

export function quarantineProblems({
  nodes,
  region,
  generation,
}: Pick<Placed, 'nodes' | 'region' | 'generation'>): string[] {
  return nodes.flatMap(({ cluster, quarantine, report }) => {
    // An older generation is about to be released by the node.
    if (quarantine?.generation !== generation) return []
    return [quarantineInWords(nodeName(region, cluster), quarantine, report?.generation ?? null)]
  })
}

function hangProblems({ nodes }: StateInput): string[] {
  return nodes.flatMap(({ hung }) => (hung ? [hangInWords(hung)] : []))
}

function addressProblems({ hasAddress }: StateInput, { frontends }: Rules): string[] {
  if (hasAddress || frontends.length === 0) return []
  return ['It has no highly available IP, so it carries no traffic.']
}

function nodeProblems(lb: Placed): string[] {
  const stopped = CLUSTERS.filter((cluster) =>
    lb.nodes.some((node) => node.cluster === cluster && instanceStatus(node, lb) === 'stopped'),
  )
  if (stopped.length === CLUSTERS.length) return ['Neither of its two instances is running.']
  return stopped.map((cluster) =>
    cluster === lb.master
      ? `The master instance (cluster ${cluster}) is not running. The backup instance has taken over.`
      : `The backup instance (cluster ${cluster}) is not running. If the master fails, nothing takes over.`,
  )
}

/** An instance of which only some processes run carries its traffic with those. */
function workerProblems(lb: Placed): string[] {
  if (mayConnect(lb)) return []
  return lb.nodes.flatMap(({ cluster, workers: { connected, total } }) => {
    if (connected === 0 || connected >= total) return []
    const instance = `${cluster === lb.master ? 'master' : 'backup'} instance (cluster ${cluster})`
    const are = connected === 1 ? 'is' : 'are'
    return [`Only ${connected} of the ${total} processes of the ${instance} ${are} running.`]
  })
}

/** The newest configuration could not be planned, or a node failed to apply it. */
function applyProblems(lb: StateInput & { master: Cluster }): string[] {
  const { planFailure } = lb
  if (planFailure) {
    return [
      `Generation ${planFailure.generation} isn't sent to the nodes because planning it failed: ` +
        `${planFailure.reason}. Undo the last change, or make another one.`,
    ]
  }
  return lb.nodes.flatMap(({ cluster, report }) => {
    if (!report?.rejected) return []
    const { generation, reason } = report.rejected
    const instance = `${cluster === lb.master ? 'master' : 'backup'} instance (cluster ${cluster})`
    const rest = hasNothingInForce(report)
      ? "doesn't serve this load balancer"
      : `keeps serving generation ${report.generation}`
    return [
      `The ${instance} failed to apply generation ${generation} and ${rest}: ${reason}. ` +
        'Undo the last change, or make another one.',
    ]
  })
}

/** What an instance runs and would not run if it were started again. */
function keepProblems(lb: Placed): string[] {
  return lb.nodes.flatMap(({ cluster, report }) => {
    if (!report?.not_kept) return []
    const instance = `${cluster === lb.master ? 'master' : 'backup'} instance (cluster ${cluster})`
    return [
      `The ${instance} serves generation ${report.generation} but can't keep it on its disk: ${report.not_kept}. ` +
        'Until it can, a restart of it without the control plane begins with what it kept before.',
    ]
  })
}

/** Settings that nodes can't apply. They were saved before the API refused them. */
function configurationProblems(nodes: NodeView[]): string[] {
  return [...new Set(nodes.flatMap(({ report }) => report?.problems ?? []))]
}

function listenerProblems(nodes: NodeView[]): string[] {
  const words = nodes.flatMap(({ report }) =>
    failedListeners(report).map(
      ({ port, problem }) => problem ?? `Port ${port} can't be listened on.`,
    ),
  )
  return [...new Set(words)]
}

function backendProblems(nodes: NodeView[], { backends }: Rules): string[] {
  const states = Map.groupBy(activeReport(nodes)?.servers ?? [], ({ backend_id }) => backend_id)
  return backends.flatMap(({ id, name, servers }) => {
    if (servers.length === 0) return [`Backend "${name}" has no servers.`]
    const known = states.get(id) ?? []
    const allDown = known.length >= servers.length && known.every(({ state }) => state === 'down')
    return allDown ? [`No server of backend "${name}" is available.`] : []
  })
}

/** Rules that are older than the matching limits and exceed them. */
function matchingProblems(nodes: NodeView[], { frontends }: Rules): string[] {
  const costly = new Map(
    activeReport(nodes)?.costly_frontends?.map(({ frontend_id, steps }) => [frontend_id, steps]),
  )
  return frontends.flatMap(({ id, name }) => {
    const steps = costly.get(id)
    if (steps === undefined) return []
    return [
      `The regular expressions in the ACLs of frontend "${name}" take ${steps} steps per character. The limit is ` +
        `${MATCH_STEPS_MAX}, so requests with long paths are denied (403). Remove or simplify some of them.`,
    ]
  })
}

/** What the real API takes and what means nothing here. */
function ineffectiveSettings({ backends, frontends }: Rules): string[] {
  const inTcp = backends.flatMap((backend) =>
    settingsWithoutEffect(backend).map(({ field }) => ineffectiveInTcp(field, backend)),
  )
  const refused = backends
    .filter((backend) => backend.forward_protocol === 'http')
    .filter((backend) => cookieNameProblems(backend).length > 0)
    .map(
      ({ name, sticky_sessions_cookie_name: cookie }) =>
        `Browsers reject the sticky cookie "${cookie}" of backend "${name}": cookies with this prefix need HTTPS.`,
    )
  const http3 = frontends
    .filter(({ enable_http3: on }) => on)
    .map(({ name }) => `Frontend "${name}" asks for HTTP/3, which needs TLS. TLS is not offloaded.`)
  return [...inTcp, ...refused, ...http3]
}

function ineffectiveInTcp(field: string, { name }: Rules['backends'][number]): string {
  if (field === 'failover_host') {
    return `The failover host of backend "${name}" has no effect: TCP clients can't be redirected.`
  }
  return field === 'host'
    ? `The host of backend "${name}" has no effect: in TCP mode it is a server name, which needs TLS to the servers.`
    : `Sticky sessions by cookie of backend "${name}" have no effect: TCP has no cookies. Use table.`
}

function expiredCertificates({ expired }: Rules): string[] {
  return expired.map(
    ({ name, not_valid_after: end }) =>
      `Certificate "${name}" expired on ${end.slice(0, 10)}. Import a new one, and delete this one.`,
  )
}
