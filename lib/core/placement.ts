import * as z from 'zod'
import { ID_MAX, textUpTo } from './fields.ts'
import { Region } from './locality.ts'

/** A node of a pair. */
export const PlacedNode = z.object({
  id: z.string(),
  name: z.string(),
  /** The name of its host, and whether that is connected. */
  host: z.string(),
  connected: z.boolean(),
  /** Whether it is draining, so that nothing new is placed on it. */
  draining: z.boolean(),
})
export type PlacedNode = z.infer<typeof PlacedNode>

/** Two nodes on different hosts that carry load balancers for each other. */
export const PlacedPair = z.object({
  /** Unique in the region. */
  number: z.int(),
  a: PlacedNode,
  b: PlacedNode,
  /** How many load balancers are on it, and how many of them have their master on each node. */
  lbs: z.int(),
  masters: z.object({ a: z.int(), b: z.int() }),
  /** Whether new load balancers are placed on it. */
  usable: z.boolean(),
})
export type PlacedPair = z.infer<typeof PlacedPair>

/** A move of a load balancer to another pair, or back to the control plane's own machine. */
export const PlacementMove = z.object({
  lb_id: z.string(),
  lb_name: z.string(),
  /** Numbers of pairs; null for the nodes of the control plane's own machine. */
  from_pair: z.int().nullable(),
  to_pair: z.int().nullable(),
  /** The names of the nodes. */
  from_nodes: z.array(z.string()),
  to_nodes: z.array(z.string()),
  /**
   * `none`: only its backup changes. `switchover`: new connections wait for some milliseconds; those in progress stay on the old
   * host for an hour at most.
   */
  cost: z.enum(['none', 'switchover']),
  /**
   * `planned`: the next `POST` begins it. `preparing`: the new nodes apply the configuration. `handing_over`: its HA IP changes hosts.
   * `releasing`: it has moved, and the old nodes wait for connections in progress to end.
   */
  phase: z.enum(['planned', 'preparing', 'handing_over', 'releasing']),
  /** What it waits for, as a sentence; null if it isn't waiting. */
  waiting_for: z.string().nullable(),
})
export type PlacementMove = z.infer<typeof PlacementMove>

/** `GET /fairlead/v1/regions/{region}/placement`. */
export const RegionPlacement = z.object({
  region: Region,
  pairs: z.array(PlacedPair),
  /** How many load balancers are on the nodes of the control plane's own machine. */
  local_lbs: z.int(),
  /** The moves in progress, then those that spread the load balancers evenly: the fewest that do. */
  moves: z.array(PlacementMove),
  /** Why some load balancers can't move, as a sentence; null if all can. */
  problem: z.string().nullable(),
})
export type RegionPlacement = z.infer<typeof RegionPlacement>

const LB_IDS_MAX = 10_000

const LbIds = z
  .array(textUpTo(ID_MAX, 'An id'))
  .max(LB_IDS_MAX, { error: `lb_ids has at most ${LB_IDS_MAX} items.` })

/** `POST /fairlead/v1/regions/{region}/placement`: begins planned moves. */
export const StartMoves = z.object({
  /** The load balancers to move. Default: all with planned moves. */
  lb_ids: LbIds.optional(),
})
export type StartMoves = z.infer<typeof StartMoves>

/** `POST /fairlead/v1/regions/{region}/placement/cancel`: cancels moves that are `preparing`. */
export const CancelMoves = z.object({
  /** The load balancers that stay where they are. Default: all whose moves can be cancelled. */
  lb_ids: LbIds.optional(),
})
export type CancelMoves = z.infer<typeof CancelMoves>
