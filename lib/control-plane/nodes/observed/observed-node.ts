import type { Cluster } from '#lib/core/locality.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { FaultReport } from '#lib/protocol/report.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'
import { type InstanceReport, NodeReports } from './node-reports.ts'

/** A connected node's side of the fleet. */
export type ObservedNode = {
  node: RegisteredNode
  /** The open streams, by worker. */
  streams: Map<number, symbol>
  reports: NodeReports
  /** What its workers report together, by load balancer. */
  instances: Map<string, InstanceReport>
}

/** An instance whose cluster has no node. */
export const NO_NODE = {
  node: null,
  connected: false,
  workers: { connected: 0, total: 1 },
  applied: null,
  report: null,
  quarantine: null,
  hung: null,
}

/** A node that has not connected yet. */
export function unconnected(node: RegisteredNode): ObservedNode {
  return { node, streams: new Map(), reports: new NodeReports(), instances: new Map() }
}

/** A node, and how many load balancers it has and is active for. */
export type NodeSummary = {
  node: RegisteredNode
  workers: { connected: number; total: number }
  lbs: number
  activeLbs: number
  /** The generations in quarantine on it, each with the generation that it serves instead. */
  quarantined: (QuarantinedLb & { serving: number | null })[]
  hung: HungNode | null
  /** Of its connected workers, since they started. */
  faults: FaultReport[]
}

/** Where load balancers are. */
export type FleetPlacements = {
  /** Which node of a pair has a load balancer's instance; null if it is on the local nodes. */
  nodeOn(cluster: Cluster, lbId: string): string | null
  /** Whether a node is to have a load balancer. */
  isOn(node: RegisteredNode, lbId: string): boolean
}

/** No load balancer has ever been on other machines. */
export const ALL_LOCAL: FleetPlacements = { nodeOn: () => null, isOn: () => true }
