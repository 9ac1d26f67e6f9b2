import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { NodeStatus } from '#lib/core/node.ts'

/** A node's state as a badge. `since` is when the control plane last heard of it, if it is not connected. */
export type NodeStateText = { tone: StatusTone; label: string; since: string | null }

/** Whether a node has joined from another machine. */
export const hasJoined = ({
  certificate_expires_at: end,
}: Pick<NodeStatus, 'certificate_expires_at'>) => end !== null

/** Whether the control plane has lost the host of a node that is in service. */
export function isLost(node: NodeStatus): boolean {
  const { connected, draining, last_seen_at: seen } = node
  return hasJoined(node) && !connected && !draining && seen !== null
}

/** A node's state. */
export function nodeState(node: NodeStatus): NodeStateText {
  const { connected, draining, active_lbs: active, last_seen_at: seen, workers, problem } = node
  const since = connected ? null : seen
  if (draining) return { tone: 'warn', label: active > 0 ? 'Draining' : 'Drained', since }
  if (!connected) return { ...disconnectedState(node), since }
  if (problem) return { tone: 'danger', label: 'Needs attention', since }
  if (workers.connected < workers.total) {
    const label = `${workers.connected} of ${workers.total} processes connected`
    return { tone: 'warn', label, since }
  }
  return { tone: 'ok', label: 'Connected', since }
}

function disconnectedState(node: NodeStatus): Pick<NodeStateText, 'tone' | 'label'> {
  const isNew = node.last_seen_at === null
  if (hasJoined(node)) {
    return isNew ? { tone: 'progress', label: 'Starting' } : { tone: 'danger', label: 'Lost' }
  }
  return isNew
    ? { tone: 'neutral', label: 'Not started' }
    : { tone: 'danger', label: 'Not running' }
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Nodes renew certificates of 7 days when two thirds are over. With this little left, renewing has failed for hours. */
const CERTIFICATE_WARNING_MS = 2 * DAY_MS

/** When a node's certificate ends, if it should have been renewed already; null otherwise. @param now milliseconds since the epoch */
export function endingCertificate(node: NodeStatus, now: number): string | null {
  const end = node.certificate_expires_at
  return end !== null && Date.parse(end) - now < CERTIFICATE_WARNING_MS ? end : null
}

/** Why a node can't be drained now; undefined if it can. */
export function drainRefusal(node: NodeStatus, nodes: readonly NodeStatus[]): string | undefined {
  const others = nodes.filter(({ id, region }) => id !== node.id && region === node.region)
  const isReady = ({ connected, draining, cluster }: NodeStatus) =>
    connected && !draining && cluster !== node.cluster
  if (others.some(isReady)) return undefined
  return 'No other node of the region can take over.'
}

/** Why a node can't be removed now; undefined if it can. */
export function removalRefusal({ active_lbs: active }: NodeStatus): string | undefined {
  if (active === 0) return undefined
  const which = active === 1 ? 'a load balancer' : `${active} load balancers`
  return `It accepts the traffic of ${which}. Drain it first.`
}
