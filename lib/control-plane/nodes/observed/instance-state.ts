import type { Cluster } from '#lib/core/locality.ts'
import type { Quarantine } from '#lib/core/quarantine.ts'
import type { LbReport } from '#lib/protocol/report.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'

/** What is known of one load balancer on one node. */
export type NodeView = {
  cluster: Cluster
  /** Whether the node follows the control plane now: at least one of its workers. */
  connected: boolean
  workers: { connected: number; total: number }
  /** The newest generation that all of its workers have applied; null before the first. */
  applied: number | null
  report: LbReport | null
  /** Its newest generation in quarantine on the node. */
  quarantine: Quarantine | null
  /** Set while a process of the node hangs and is not killed yet. */
  hung: HungNode | null
}

/** Whether a node carries a load balancer's traffic, or would if there were any to carry. */
export function serves(report: LbReport): boolean {
  if (hasNothingInForce(report)) return false
  if (report.listeners.length === 0) return true
  return report.active && report.listeners.every(({ state }) => state === 'listening')
}

/** Whether no configuration of the load balancer could be applied yet. */
export function hasNothingInForce({ generation, rejected }: LbReport): boolean {
  return rejected !== undefined && generation === 0
}

export function failedListeners(report: LbReport | null) {
  return (report?.listeners ?? []).filter(({ state }) => state === 'failed')
}

/** What the node that accepts the traffic reports, or null where none does. */
export function activeReport(nodes: NodeView[]): LbReport | null {
  return nodes.find(({ report }) => report?.active)?.report ?? null
}
