import type { HostOrder, HostReport } from '#lib/protocol/host-link.ts'

export type CarriersReport = Extract<HostReport, { type: 'carriers' }>

/** What the supervisors of hosts report over their links. Orders are given with `HostOrders`. */
export interface HostReports {
  /** Whether the host of a node has its link open. @param nodeId of the registry */
  isConnected(nodeId: string): boolean
  /** What the host of a node has last reported of its carriers; null if it is not connected. */
  carriersOf(nodeId: string): CarriersReport | null
  /** Calls `listener` for each report, and with null when a link ends, until the returned function is called. */
  subscribe(listener: (nodeId: string, report: HostReport | null) => void): () => void
}

/** The links to the supervisors of hosts: over mTLS, and for the control plane's own machine over IPC. */
export interface HostLinks extends HostReports {
  /** Sends an order to the host of a node; dropped if it is not connected. */
  send(nodeId: string, order: HostOrder): void
}
