import type { Cluster } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { Quarantine } from '#lib/core/quarantine.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'

/** One of a load balancer's instances: what its node reports. */
export type InstanceState = {
  cluster: Cluster
  /** The node that runs it; null while none is registered on the cluster. */
  node: RegisteredNode | null
  /** Whether at least one worker of the node is connected. */
  connected: boolean
  workers: { connected: number; total: number }
  /** The newest generation that all workers have applied; null before the first. */
  applied: number | null
  /** Null while no worker of the node has the load balancer. */
  report: LbReport | null
  /** Its newest generation in quarantine on the node. */
  quarantine: Quarantine | null
  /** Set while a process of the node hangs and is not killed yet. */
  hung: HungNode | null
}

/** Whether an instance accepts the load balancer's traffic, or has none to accept because there are no frontends. */
export function isServing(report: LbReport): boolean {
  if (hasAppliedNothing(report)) return false
  if (report.listeners.length === 0) return true
  return report.active && report.listeners.every(({ state }) => state === 'listening')
}

/** Whether the node has rejected the load balancer's first configuration, so it has applied none. */
export function hasAppliedNothing({ generation, rejected }: LbReport): boolean {
  return rejected !== undefined && generation === 0
}

export function failedListeners(report: LbReport | null) {
  return (report?.listeners ?? []).filter(({ state }) => state === 'failed')
}

/** The report of the active instance; null if no instance is active. */
export function activeReport(instances: readonly InstanceState[]): LbReport | null {
  return instances.find(({ report }) => report?.active)?.report ?? null
}
