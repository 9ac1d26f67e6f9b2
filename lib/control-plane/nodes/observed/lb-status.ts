import type { Instance, LbStatus } from '#lib/core/lb.ts'
import type { DivergenceReason } from '../divergence/divergences.ts'
import type { Memory, PlanFailure } from './fleet.ts'
import {
  activeReport,
  failedListeners,
  hasNothingInForce,
  type NodeView,
  serves,
} from './instance-state.ts'

/** How long a node may take to connect, of a region's first load balancer or after a start of the control plane. */
const CONNECT_GRACE_MS = 5000
/** How long a new load balancer may take before it counts as failed. */
const CREATE_GRACE_MS = 15_000
/** How long one node may take over from the other. */
const FAILOVER_GRACE_MS = 3000

/** The input for a load balancer's status. Times are milliseconds of `performance.now()`. */
export type StateInput = {
  nodes: NodeView[]
  memory: Memory
  generation: number
  changedAt: string
  /** Why nodes are not sent it; null where they are. */
  divergence: DivergenceReason | null
  /** The generation that is not sent to the nodes because planning it failed. */
  planFailure?: PlanFailure | null
  /** Whether it has a highly available IP. Without one it is ready as it is: there is no traffic to accept. */
  hasAddress: boolean
  createdAt: number
  /** When the control plane started, before which it has seen nothing. */
  startedAt: number
  now: number
}

/** API field `status` of a load balancer. A configuration change leaves it `ready`. */
export function lbStatus(input: StateInput): LbStatus {
  if (cannotListen(input.nodes)) return 'error'
  const serving = input.nodes.some(({ report }) => report && (serves(report) || !input.hasAddress))
  return isNew(input) ? newStatus(input, serving) : oldStatus(input, serving)
}

/** Whether it has never been ready, as far as can be known. */
function isNew({ memory, createdAt, startedAt }: StateInput): boolean {
  return !memory.settled && createdAt >= startedAt
}

function newStatus({ nodes, createdAt, now }: StateInput, serving: boolean): LbStatus {
  const age = now - createdAt
  const everyNode = nodes.every(({ report }) => report)
  if (serving && (everyNode || age > CONNECT_GRACE_MS)) return 'ready'
  return age > CREATE_GRACE_MS ? 'error' : 'creating'
}

function oldStatus({ memory, startedAt, now }: StateInput, serving: boolean): LbStatus {
  if (serving) return 'ready'
  if (memory.servedAt !== null && now - memory.servedAt < FAILOVER_GRACE_MS) return 'ready'
  return now - startedAt < CONNECT_GRACE_MS ? 'pending' : 'error'
}

/** Whether the node that has the traffic, or any where none has it, says that a port can't be listened on. */
function cannotListen(nodes: NodeView[]): boolean {
  const active = activeReport(nodes)
  if (active) return failedListeners(active).length > 0
  return nodes.some(({ report }) => failedListeners(report).length > 0)
}

/** Whether processes that have not connected may still be on their way. */
export function mayConnect({ createdAt, startedAt, now }: StateInput): boolean {
  return now - Math.max(createdAt, startedAt) < CONNECT_GRACE_MS
}

/** API field `status` of one instance. */
export function instanceStatus(node: NodeView, input: StateInput): Instance['status'] {
  if (!node.connected) return mayConnect(input) ? 'unknown' : 'stopped'
  if (node.hung || node.quarantine?.generation === input.generation) return 'error'
  if (!node.report) return 'pending'
  if (failedListeners(node.report).length > 0 || hasNothingInForce(node.report)) return 'error'
  return (node.applied ?? 0) < input.generation ? 'pending' : 'ready'
}
