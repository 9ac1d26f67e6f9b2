import type { Cluster, Region } from '#lib/core/locality.ts'

/** A pair of nodes: see `Pair`. Its row lives as long as both nodes are registered. */
export type NodePairRow = {
  region: Region
  number: number
  /** Ids of the registry. */
  node_a: string
  node_b: string
  created_at: string
}

/** Who requested a move, for the history. */
export type MoveOrigin = {
  actor: { kind: 'account' | 'token' | 'system'; id: string; name: string }
  origin: { address: string; requestId: string } | null
}

/** Where a load balancer is, if it is not or not only on the local nodes. Pairs are numbers in its region. */
export type PlacementRow = {
  lb_id: string
  /** That of the load balancer, which never changes. */
  region: Region
  /** Null for the local nodes. */
  pair: number | null
  /** As in `Carriage`. The epoch is written before the hosts are ordered. */
  carrier: Cluster
  carrier_epoch: number
  /** 1 from before the orders of a hand-over until both hosts have carried them out. */
  handing_over: number
  /**
   * `preparing`: nodes of `next_pair` (null for the local nodes) get it too, and it is about to move there. `releasing`: it has moved, and the nodes of
   * `former_pair` (null for the local nodes) keep it for the connections in progress. Null if it stays where it is.
   */
  phase: 'preparing' | 'releasing' | null
  next_pair: number | null
  former_pair: number | null
  /** The node that owned its HA IP before it moved. */
  former_owner: string | null
  /** When the phase began. */
  phase_since: string | null
  /** Who requested the move; null if nobody did. */
  requested_by: MoveOrigin | null
}

/** Nodes on which nothing new is placed. */
export type DrainingNodeRow = { node_id: string; since: string }
