import type { RegisteredNode } from '#lib/core/node.ts'
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
