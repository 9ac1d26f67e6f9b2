import { cookieNameProblems, settingsWithoutEffect } from '#lib/core/backend.ts'
import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import { MATCH_STEPS_MAX } from '#lib/core/matching-limits.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { Rules } from '../../store/load-rules.ts'
import { divergenceMessage } from '../divergence/divergence-message.ts'
import { isJoined } from '../registry/node-registry.ts'
import {
  activeReport,
  failedListeners,
  hasAppliedNothing,
  type InstanceState,
} from './instance-state.ts'
import { instanceStatus, lbStatus, mayConnect, type StateInput } from './lb-status.ts'
import { certificateMessage, hangMessage, quarantineMessage } from './node-messages.ts'

/** A load balancer's state, and the cluster of its master. */
type LbState = StateInput & { master: Cluster }

/** The problems of a load balancer. Each is one or two sentences: what is wrong, and what to do. */
export function problemsOf(lb: LbState, rules: Rules): string[] {
  const outages = [
    ...addressProblems(lb, rules),
    ...instanceProblems(lb),
    ...listenerProblems(lb.instances),
  ]
  if (outages.length === 0 && lbStatus(lb) === 'error') {
    outages.push('Neither of its two instances accepts its traffic.')
  }
  return [
    ...divergenceProblems(lb),
    ...quarantineProblems(lb),
    ...hangProblems(lb),
    ...(lb.hostProblems ?? []),
    ...certificatesOf(lb).flatMap(({ problem }) => problem ?? []),
    ...outages,
    ...workerProblems(lb),
    ...applyProblems(lb),
    ...storageProblems(lb),
    ...configurationProblems(lb.instances),
    ...backendProblems(lb.instances, rules),
    ...matchingProblems(lb.instances, rules),
    ...ineffectiveSettings(rules),
    ...expiredCertificates(rules),
  ]
}

function divergenceProblems({ divergence, generation, changedAt }: StateInput): string[] {
  return divergence ? [divergenceMessage(divergence, { generation, changed_at: changedAt })] : []
}

export function quarantineProblems({
  instances,
  generation,
}: Pick<StateInput, 'instances' | 'generation'>): string[] {
  return instances.flatMap(({ node, quarantine, report }) => {
    // The node is about to lift the quarantine of an older generation.
    if (!node || quarantine?.generation !== generation) return []
    const peer = instances.find((one) => one.node && one.node.id !== node.id)
    const serving = report?.generation ?? null
    return [quarantineMessage(node.name, quarantine, serving, withheldFrom(peer, node, generation))]
  })
}

/** The other host's node, if it is not sent a generation that is in quarantine. On one machine the supervisor decides. */
function withheldFrom(peer: InstanceState | undefined, node: RegisteredNode, generation: number) {
  if (!peer?.node || !(isJoined(peer.node) || isJoined(node))) return null
  const { applied, quarantine, report } = peer
  if (applied === generation || quarantine?.generation === generation) return null
  return { name: peer.node.name, serving: report?.generation ?? null }
}

function hangProblems({ instances }: StateInput): string[] {
  return instances.flatMap(({ hung }) => (hung ? [hangMessage(hung)] : []))
}

/** The nodes of a load balancer that have certificates, and that one ends soon, as sentences; null if it doesn't. */
export function certificatesOf({ instances }: Pick<StateInput, 'instances'>) {
  const nodes = instances.flatMap(({ node }) => (node && isJoined(node) ? node : []))
  return nodes.map((node) => ({ node, problem: certificateMessage(node) }))
}

function addressProblems({ hasAddress }: StateInput, { frontends }: Rules): string[] {
  if (hasAddress || frontends.length === 0) return []
  return ['It has no highly available IP, so it carries no traffic.']
}

function instanceProblems(lb: LbState): string[] {
  // That its host is lost says more.
  if (lb.hostProblems?.length) return []
  const stopped = lb.instances.filter((instance) => instanceStatus(instance, lb) === 'stopped')
  if (stopped.length === CLUSTERS.length) return ['Neither of its two instances is running.']
  return stopped.map(({ cluster }) =>
    cluster === lb.master
      ? `The master instance (cluster ${cluster}) is not running. The backup instance has taken over.`
      : `The backup instance (cluster ${cluster}) is not running. If the master fails, nothing takes over.`,
  )
}

const instanceName = ({ master }: LbState, cluster: Cluster) =>
  `${cluster === master ? 'master' : 'backup'} instance (cluster ${cluster})`

/** An instance serves as long as one of its workers runs. */
function workerProblems(lb: LbState): string[] {
  if (mayConnect(lb)) return []
  return lb.instances.flatMap(({ cluster, workers: { connected, total } }) => {
    if (connected === 0 || connected >= total) return []
    const are = connected === 1 ? 'is' : 'are'
    return [
      `Only ${connected} of the ${total} processes of the ${instanceName(lb, cluster)} ${are} running.`,
    ]
  })
}

/** The newest generation could not be planned, or a node rejected it. */
function applyProblems(lb: LbState): string[] {
  const { planFailure } = lb
  if (planFailure) {
    return [
      `Generation ${planFailure.generation} isn't sent to the nodes because planning it failed: ` +
        `${planFailure.reason}. Undo the last change, or make another one.`,
    ]
  }
  return lb.instances.flatMap(({ cluster, report }) => {
    if (!report?.rejected) return []
    const { generation, reason } = report.rejected
    const rest = hasAppliedNothing(report)
      ? "doesn't serve this load balancer"
      : `keeps serving generation ${report.generation}`
    return [
      `The ${instanceName(lb, cluster)} rejected generation ${generation} and ${rest}: ${reason}. ` +
        'Undo the last change, or make another one.',
    ]
  })
}

/** If a node could not save its last good configuration, a restart loses it. */
function storageProblems(lb: LbState): string[] {
  return lb.instances.flatMap(({ cluster, report }) => {
    if (!report?.not_kept) return []
    return [
      `The ${instanceName(lb, cluster)} serves generation ${report.generation} but can't keep it on its disk: ${report.not_kept}. ` +
        'Until it can, a restart of it without the control plane begins with what it kept before.',
    ]
  })
}

/** Settings that nodes can't apply, saved by a version whose API accepted them. */
function configurationProblems(instances: InstanceState[]): string[] {
  return [...new Set(instances.flatMap(({ report }) => report?.problems ?? []))]
}

function listenerProblems(instances: InstanceState[]): string[] {
  const messages = instances.flatMap(({ report }) =>
    failedListeners(report).map(
      ({ port, problem }) => problem ?? `Port ${port} can't be listened on.`,
    ),
  )
  return [...new Set(messages)]
}

function backendProblems(instances: InstanceState[], { backends }: Rules): string[] {
  const states = Map.groupBy(activeReport(instances)?.servers ?? [], ({ backend_id }) => backend_id)
  return backends.flatMap(({ id, name, servers }) => {
    if (servers.length === 0) return [`Backend "${name}" has no servers.`]
    const known = states.get(id) ?? []
    const allDown = known.length >= servers.length && known.every(({ state }) => state === 'down')
    return allDown ? [`No server of backend "${name}" is available.`] : []
  })
}

/** Frontends that exceed the matching limits, saved before the limits existed. */
function matchingProblems(instances: InstanceState[], { frontends }: Rules): string[] {
  const costly = new Map(
    activeReport(instances)?.costly_frontends?.map(({ frontend_id, steps }) => [
      frontend_id,
      steps,
    ]),
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

/** Settings that Scaleway's API accepts, but that have no effect in Fairlead. */
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
