import { CLUSTERS, type Cluster } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { Problem } from '#lib/core/problem.ts'
import type { Rules } from '../../store/load-rules.ts'
import type { ResponseCounts } from '../../traffic/recent-responses.ts'
import { divergenceMessage } from '../divergence/divergence-message.ts'
import { isJoined } from '../registry/node-registry.ts'
import { failedListeners, hasAppliedNothing, type InstanceState } from './instance-state.ts'
import { instanceStatus, type LbState, lbStatus, mayConnect, type StateInput } from './lb-status.ts'
import { certificateMessage, hangMessage, quarantineMessage } from './node-messages.ts'
import { ruleProblems } from './rule-problems.ts'

/** The problems of a load balancer: those of its nodes and instances first. */
export function problemsOf(
  lb: LbState,
  rules: Rules,
  responses: ResponseCounts | null = null,
): Problem[] {
  const outages = [
    ...addressProblems(lb, rules),
    ...instanceProblems(lb),
    ...listenerProblems(lb, rules),
  ]
  if (outages.length === 0 && lbStatus(lb) === 'error') {
    outages.push(ofLb(lb, 'critical', 'Neither instance is accepting traffic.', 'show_nodes'))
  }
  return [
    ...divergenceProblems(lb),
    ...quarantineProblems(lb),
    ...hangProblems(lb),
    ...(lb.hostProblems ?? []).map((message) => ofLb(lb, 'warning', message, 'show_nodes')),
    ...certificatesOf(lb).flatMap(certificateProblem),
    ...outages,
    ...workerProblems(lb),
    ...applyProblems(lb),
    ...storageProblems(lb),
    ...configurationProblems(lb),
    ...ruleProblems(lb, rules, responses),
  ]
}

function ofLb(
  { id, name }: Pick<LbState, 'id' | 'name'>,
  severity: Problem['severity'],
  message: string,
  action: Problem['action'] = null,
  since: string | null = null,
): Problem {
  return {
    object: { type: 'load_balancer', id, name },
    ...{ severity, message, last_answer: null, since, action },
  }
}

function ofNode(
  { id, name }: RegisteredNode,
  message: string,
  rest: Partial<Problem> = {},
): Problem {
  return {
    object: { type: 'node', id, name },
    ...{ severity: 'warning', message, last_answer: null, since: null, action: 'show_nodes' },
    ...rest,
  }
}

function divergenceProblems(lb: LbState): Problem[] {
  const { divergence, generation, changedAt } = lb
  if (!divergence) return []
  return [ofLb(lb, 'warning', divergenceMessage(divergence, { generation, changed_at: changedAt }))]
}

export function quarantineProblems({
  instances,
  generation,
}: Pick<StateInput, 'instances' | 'generation'>): Problem[] {
  return instances.flatMap(({ node, quarantine, report }) => {
    // The node is about to lift the quarantine of an older generation.
    if (!node || quarantine?.generation !== generation) return []
    const peer = instances.find((one) => one.node && one.node.id !== node.id)
    const serving = report?.generation ?? null
    const withheld = withheldFrom(peer, node, generation)
    const message = quarantineMessage(node.name, quarantine, serving, withheld)
    return [ofNode(node, message, { since: quarantine.since, action: 'show_history' })]
  })
}

/** The other host's node, if it is not sent a generation that is in quarantine. On one machine the supervisor decides. */
function withheldFrom(peer: InstanceState | undefined, node: RegisteredNode, generation: number) {
  if (!peer?.node || !(isJoined(peer.node) || isJoined(node))) return null
  const { applied, quarantine, report } = peer
  if (applied === generation || quarantine?.generation === generation) return null
  return { name: peer.node.name, serving: report?.generation ?? null }
}

function hangProblems({ instances }: StateInput): Problem[] {
  return instances.flatMap(({ node, hung }) =>
    node && hung ? [ofNode(node, hangMessage(hung))] : [],
  )
}

/** The nodes of a load balancer that have certificates, and that one ends soon, as sentences; null if it doesn't. */
export function certificatesOf({ instances }: Pick<StateInput, 'instances'>) {
  const nodes = instances.flatMap(({ node }) => (node && isJoined(node) ? node : []))
  return nodes.map((node) => ({ node, problem: certificateMessage(node) }))
}

/** Without a new certificate, a node gets no changes once its present one has ended. */
function certificateProblem({
  node,
  problem,
}: ReturnType<typeof certificatesOf>[number]): Problem[] {
  if (problem === null) return []
  const hasEnded = Date.parse(node.certificate_expires_at ?? '') <= Date.now()
  return [ofNode(node, problem, { severity: hasEnded ? 'warning' : 'info' })]
}

function addressProblems(lb: LbState, { frontends }: Rules): Problem[] {
  if (lb.hasAddress || frontends.length === 0) return []
  return [ofLb(lb, 'critical', 'It has no highly available IP, so it carries no traffic.')]
}

function instanceProblems(lb: LbState): Problem[] {
  // That its host is lost says more.
  if (lb.hostProblems?.length) return []
  const stopped = lb.instances.filter((instance) => instanceStatus(instance, lb) === 'stopped')
  if (stopped.length === CLUSTERS.length) {
    return [ofLb(lb, 'critical', 'Neither of its two instances is running.', 'show_nodes')]
  }
  return stopped.map(({ cluster }) => {
    const message =
      cluster === lb.master
        ? `The master instance (cluster ${cluster}) is not running. The backup instance has taken over.`
        : `The backup instance (cluster ${cluster}) is not running. If the master fails, nothing takes over.`
    return ofLb(lb, 'warning', message, 'show_nodes')
  })
}

const instanceName = ({ master }: LbState, cluster: Cluster) =>
  `${cluster === master ? 'master' : 'backup'} instance (cluster ${cluster})`

/** An instance serves as long as one of its workers runs. */
function workerProblems(lb: LbState): Problem[] {
  if (mayConnect(lb)) return []
  return lb.instances.flatMap(({ cluster, workers: { connected, total } }) => {
    if (connected === 0 || connected >= total) return []
    const are = connected === 1 ? 'is' : 'are'
    const message = `Only ${connected} of the ${total} processes of the ${instanceName(lb, cluster)} ${are} running.`
    return [ofLb(lb, 'warning', message, 'show_nodes')]
  })
}

/** The newest generation could not be planned, or a node rejected it. */
function applyProblems(lb: LbState): Problem[] {
  const { planFailure } = lb
  if (planFailure) {
    const message =
      `Generation ${planFailure.generation} isn't sent to the nodes because planning it failed: ` +
      `${planFailure.reason}. Undo the last change, or make another one.`
    return [ofLb(lb, 'warning', message, 'show_history', lb.changedAt)]
  }
  return lb.instances.flatMap(({ cluster, report }) => {
    if (!report?.rejected) return []
    const { generation, reason } = report.rejected
    const rest = hasAppliedNothing(report)
      ? "doesn't serve this load balancer"
      : `keeps serving generation ${report.generation}`
    const message =
      `The ${instanceName(lb, cluster)} rejected generation ${generation} and ${rest}: ${reason}. ` +
      'Undo the last change, or make another one.'
    return [ofLb(lb, 'warning', message, 'show_history')]
  })
}

/** If a node could not save its last good configuration, a restart loses it. */
function storageProblems(lb: LbState): Problem[] {
  return lb.instances.flatMap(({ cluster, report }) => {
    if (!report?.not_kept) return []
    const message =
      `The ${instanceName(lb, cluster)} serves generation ${report.generation} but can't keep it on its disk: ${report.not_kept}. ` +
      'Until it can, a restart of it without the control plane begins with what it kept before.'
    return [ofLb(lb, 'warning', message, 'show_nodes')]
  })
}

/** Settings that nodes can't apply, saved by a version whose API accepted them. */
function configurationProblems(lb: LbState): Problem[] {
  const messages = new Set(lb.instances.flatMap(({ report }) => report?.problems ?? []))
  return [...messages].map((message) => ofLb(lb, 'warning', message))
}

/** Ports that a frontend can't be served on. Both instances usually say the same. */
function listenerProblems({ instances }: LbState, { frontends }: Rules): Problem[] {
  const names = new Map(frontends.map(({ id, name }) => [id, name]))
  const failed = instances.flatMap(({ report }) => failedListeners(report))
  const distinct = new Map(failed.map((one) => [`${one.frontend_id} ${one.problem}`, one]))
  return [...distinct.values()].map(({ frontend_id: id, port, problem }) => ({
    object: { type: 'frontend', id, name: names.get(id) ?? String(port) },
    severity: 'critical',
    message: problem ?? `Port ${port} can't be listened on.`,
    last_answer: null,
    since: null,
    action: 'edit_frontend',
  }))
}
