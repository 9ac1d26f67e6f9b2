import type { Instance, LbStatus } from '#lib/core/lb.ts'
import type { Cluster } from '#lib/core/locality.ts'
import type { DivergenceReason } from '../divergence/divergences.ts'
import type { PlanFailure } from './fleet.ts'
import {
  activeReport,
  failedListeners,
  hasAppliedNothing,
  type InstanceState,
  isServing,
} from './instance-state.ts'
import type { LbLifecycle } from './lb-lifecycle.ts'

/** How long the nodes of a region may take to connect, after its first load balancer or a start of the control plane. */
const CONNECT_GRACE_MS = 5000
/** How long a new load balancer may take to become ready. */
const CREATE_GRACE_MS = 15_000
/** How long a failover may take. */
const FAILOVER_GRACE_MS = 3000

/** What a load balancer's status depends on. Times are of `performance.now()`. */
export type StateInput = {
  instances: InstanceState[]
  lifecycle: LbLifecycle
  generation: number
  changedAt: string
  /** Why nodes are not sent it; null if they are. */
  divergence: DivergenceReason | null
  /** The generation that is not sent to the nodes because planning it failed. */
  planFailure?: PlanFailure | null
  /** What is wrong with its hosts, one sentence each. */
  hostProblems?: string[]
  /** Whether it has a highly available IP. Without one there is no traffic to accept, and it is ready as it is. */
  hasAddress: boolean
  /** When the control plane started: it has observed nothing before. */
  startedAt: number
  now: number
}

/** A load balancer with its state. */
export type LbState = StateInput & { id: string; name: string; master: Cluster }

/** API field `status` of a load balancer. A change leaves it `ready`. */
export function lbStatus(input: StateInput): LbStatus {
  if (hasListenerFailed(input.instances)) return 'error'
  const serving = input.instances.some(
    ({ report }) => report && (isServing(report) || !input.hasAddress),
  )
  return isNew(input) ? newStatus(input, serving) : oldStatus(input, serving)
}

/** Whether it was created since the control plane started, and has not been ready since. */
function isNew({ lifecycle, startedAt }: StateInput): boolean {
  return !lifecycle.wasReady && lifecycle.createdAt >= startedAt
}

function newStatus({ instances, lifecycle, now }: StateInput, serving: boolean): LbStatus {
  const age = now - lifecycle.createdAt
  const isOnAll = instances.every(({ report }) => report)
  if (serving && (isOnAll || age > CONNECT_GRACE_MS)) return 'ready'
  return age > CREATE_GRACE_MS ? 'error' : 'creating'
}

function oldStatus({ lifecycle, startedAt, now }: StateInput, serving: boolean): LbStatus {
  if (serving) return 'ready'
  if (lifecycle.servedAt !== null && now - lifecycle.servedAt < FAILOVER_GRACE_MS) return 'ready'
  return now - startedAt < CONNECT_GRACE_MS ? 'pending' : 'error'
}

/** Whether a port can't be listened on, by the active instance, or by any if none is active. */
function hasListenerFailed(instances: InstanceState[]): boolean {
  const active = activeReport(instances)
  if (active) return failedListeners(active).length > 0
  return instances.some(({ report }) => failedListeners(report).length > 0)
}

/** Whether workers that are not connected may still be starting. */
export function mayConnect({ lifecycle, startedAt, now }: StateInput): boolean {
  return now - Math.max(lifecycle.createdAt, startedAt) < CONNECT_GRACE_MS
}

/** API field `status` of an instance. */
export function instanceStatus(instance: InstanceState, input: StateInput): Instance['status'] {
  const { connected, hung, quarantine, report, applied } = instance
  if (!connected) return mayConnect(input) ? 'unknown' : 'stopped'
  if (hung || quarantine?.generation === input.generation) return 'error'
  if (!report) return 'pending'
  if (failedListeners(report).length > 0 || hasAppliedNothing(report)) return 'error'
  return (applied ?? 0) < input.generation ? 'pending' : 'ready'
}
