import type { StatusTone } from '#components/ui/status-badge.tsx'
import type { NodeStatus } from '#lib/core/node.ts'
import { lbCount } from './move-text.ts'

/** A node's state as a badge. `since` is when the control plane last heard of it, if it is not connected. */
export type NodeStateText = { tone: StatusTone; label: string; since: string | null }

/** Whether a node has joined from another machine. */
export const hasJoined = ({
  certificate_expires_at: end,
}: Pick<NodeStatus, 'certificate_expires_at'>) => end !== null

/** Whether a node's host is lost, or is away for maintenance while load balancers are still placed on it. */
export const isLost = ({ outage, draining }: Pick<NodeStatus, 'outage' | 'draining'>) =>
  outage !== null && (!draining || outage.lbs > 0)

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

/** Why a node can't be drained now; undefined if it can. */
export function drainRefusal(node: NodeStatus, nodes: readonly NodeStatus[]): string | undefined {
  const others = nodes.filter(({ id, region }) => id !== node.id && region === node.region)
  const isReady = ({ connected, draining, cluster }: NodeStatus) =>
    connected && !draining && cluster !== node.cluster
  if (others.some(isReady)) return undefined
  return 'No other node of the region can take over.'
}

/** Why a node can't be removed now; undefined if it can. */
export function removalRefusal({ lbs, outage }: NodeStatus): string | undefined {
  const placed = outage?.lbs ?? lbs
  if (placed === 0) return undefined
  const are = placed === 1 ? 'is' : 'are'
  return `${lbCount(placed)} ${are} placed on it. Drain it, and move them to other hosts first.`
}
