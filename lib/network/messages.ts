import * as z from 'zod'
import { Cluster } from '#lib/core/locality.ts'
import { CarrierState } from '#lib/protocol/host-link.ts'
import { PAIR_NUMBER_MAX } from '#lib/protocol/pair.ts'

/**
 * What the supervisor and the network helper say to each other over the helper's Unix socket: JSON, one object a line. The
 * helper answers each command with a `Reply` of the same id, and refuses whatever isn't a `Command`.
 */

/** The longest line of either side. Bytes: 10,000 addresses with their carriers take about 1 MB. */
export const LINE_MAX_BYTES = 4 << 20

/** The longest time that a carrier is given up without another order. Milliseconds. */
const STAND_DOWN_MAX_MS = 60_000

const PairNumber = z.int().min(1).max(PAIR_NUMBER_MAX)
const Id = z.int().min(0)

/** A carrier of a pair: who owns it owns the addresses on it. */
export const CarrierName = z.strictObject({ pair: PairNumber, carrier: Cluster })
export type CarrierName = z.infer<typeof CarrierName>

/** An HA IP of this host. Without a carrier it's always open: the host doesn't share it with another one. */
export const HostAddress = z.strictObject({
  address: z.ipv4(),
  carriage: CarrierName.nullable(),
})
export type HostAddress = z.infer<typeof HostAddress>

export const PairCommand = z.strictObject({
  type: z.literal('pair'),
  id: Id,
  number: PairNumber,
  /** The cluster of this host's node. This host is preferred for the carrier of the same name. */
  own: Cluster,
  own_address: z.ipv4(),
  peer_address: z.ipv4(),
})

const HandOverCommand = z.strictObject({
  type: z.literal('hand_over'),
  id: Id,
  side: z.enum(['arriving', 'leaving', 'relabel']),
  addresses: z.array(z.ipv4()).min(1),
  /** The carrier that the addresses are on from now on. Null: on none, because this host alone has them. */
  pair: PairNumber.nullable(),
  carrier: Cluster,
  /** The other host's address. */
  peer: z.ipv4(),
})

export const Command = z.discriminatedUnion('type', [
  /** Starts the pair's VRRP instances, or leaves them alone where they run with the same values. */
  PairCommand,
  /** Stops the pair's VRRP instances. */
  z.strictObject({ type: z.literal('unpair'), id: Id, number: PairNumber }),
  /** All HA IPs of this host; replaces the former set. */
  z.strictObject({ type: z.literal('addresses'), id: Id, set: z.array(HostAddress) }),
  /** Some HA IPs of this host: adds them or changes their carriers, and removes others. */
  z.strictObject({
    type: z.literal('change_addresses'),
    id: Id,
    set: z.array(HostAddress),
    remove: z.array(z.ipv4()),
  }),
  /** A switchover, or (`relabel`) a change of the carrier with the same owner. */
  HandOverCommand,
  /** Whether this host's node can serve. A host that can't owns no carrier. Not ok until said otherwise. */
  z.strictObject({ type: z.literal('health'), id: Id, ok: z.boolean() }),
  /** Gives up a carrier that no address is on; answered when the peer owns it. */
  CarrierName.extend({ type: z.literal('yield_carrier'), id: Id }),
  /** Announces those of an owned carrier's addresses that the peer has announced; answered when that is done. */
  CarrierName.extend({ type: z.literal('reclaim_carrier'), id: Id }),
  /** Gives up a carrier for that long, counted from the last such command. */
  CarrierName.extend({
    type: z.literal('stand_down'),
    id: Id,
    for_ms: z.int().min(1).max(STAND_DOWN_MAX_MS),
  }),
  z.strictObject({ type: z.literal('status'), id: Id }),
  /** Removes addresses, keepalived and fence from this host, and ends the helper. */
  z.strictObject({ type: z.literal('shut_down'), id: Id }),
])
export type Command = z.infer<typeof Command>
export type CommandType = Command['type']
/** A command without what the client adds. */
export type CommandBody<Type extends CommandType> = Omit<
  Extract<Command, { type: Type }>,
  'id' | 'type'
>

/** The answer to a command. `error` says in a sentence why nothing was done. */
export const Reply = z.object({ id: Id, error: z.string().nullable() })

export const HandOverReply = Reply.extend({
  /** From the command's arrival until the last address was announced (`arriving`) or the kernel had the change. */
  took_ms: z.number(),
})

const CarrierStatus = z.object({ ...CarrierName.shape, state: CarrierState })

export const StatusReply = Reply.extend({
  carriers: z.array(CarrierStatus),
  peers: z.array(z.object({ pair: PairNumber, heard: z.boolean() })),
  addresses: z.array(HostAddress),
  health_ok: z.boolean(),
  /** What keeps this host from owning addresses, or another from taking them over; sentences. */
  problems: z.array(z.string()),
  advert_interval_ms: z.number(),
  lease_ms: z.number(),
})

/** What each command's answer has besides `id` and `error`. */
export type Replies = {
  [Type in CommandType]: Type extends 'hand_over'
    ? z.infer<typeof HandOverReply>
    : Type extends 'status'
      ? z.infer<typeof StatusReply>
      : z.infer<typeof Reply>
}

/**
 * How a host lost a carrier: it sent an advert of priority 0, its adverts stopped, or it heard a higher priority. `answered_ms`: how
 * long the fence stayed open after its last advert; null if it stayed open until the peer answered.
 */
const CarrierLoss = z.object({
  how: z.enum(['given_up', 'adverts_stopped', 'outranked']),
  answered_ms: z.number().nullable(),
})
export type CarrierLoss = z.infer<typeof CarrierLoss>

/** What the helper says by itself. After a connect: the state of every carrier and peer, and the problems. */
export const NetworkEvent = z.discriminatedUnion('event', [
  CarrierStatus.extend({
    event: z.literal('carrier'),
    /**
     * For a takeover: from the peer's last advert on this carrier, as heard here, until the addresses were announced. Null if
     * it isn't one, or if nothing was heard for a minute.
     */
    silence_ms: z.number().nullable(),
    /** For a loss: how this host lost the carrier. Helpers of earlier versions don't send it. */
    loss: CarrierLoss.nullable().default(null),
  }),
  z.object({ event: z.literal('peer'), pair: PairNumber, heard: z.boolean() }),
  /** Replaces the former problems. */
  z.object({ event: z.literal('problems'), problems: z.array(z.string()) }),
])
export type NetworkEvent = z.infer<typeof NetworkEvent>
export type CarrierEvent = Extract<NetworkEvent, { event: 'carrier' }>
export type PeerEvent = Extract<NetworkEvent, { event: 'peer' }>
