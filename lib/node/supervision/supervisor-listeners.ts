import { forEachContained } from '#lib/process/faults.ts'
import type { Engine } from '#lib/protocol/engine.ts'
import type { Activation, NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import type {
  Claim,
  ListenerSource,
  SocketHandle,
  SocketHolder,
} from '#lib/runtime/sockets/listener-source.ts'
import { OrderQueue } from './order-queue.ts'

/** The supervisor's messages about sockets and about which node accepts. */
export type AddressMessage = Extract<
  SupervisorToNode,
  { type: 'socket' | 'socket_withdrawn' | 'socket_failed' | 'activate' | 'stand_by' | 'deactivate' }
>

type Send = (message: NodeToSupervisor, handle?: SocketHandle) => void

type Claimed = {
  claim: Claim
  holder: SocketHolder
  /** When the node became the active one (RFC 3339), and by which failover; null while it is not. */
  active: { since: string; failoverId?: string } | null
}

/**
 * Sockets that the supervisor binds and hands over, and its word on which node accepts. Its own handles keep the sockets
 * open while no node listens, so their queues are not lost.
 */
export class SupervisorListeners implements ListenerSource {
  /** Set once, before the first message. */
  engine: Pick<Engine, 'activate' | 'standBy' | 'deactivate'> | null = null
  readonly #send: Send
  readonly #claims = new Map<string, Claimed>()
  readonly #orders = new OrderQueue()

  constructor(send: Send) {
    this.#send = send
  }

  claim(claim: Claim, holder: SocketHolder): void {
    const active = this.#claims.get(claim.lbId)?.active ?? null
    this.#claims.set(claim.lbId, { claim, holder, active })
    this.#sendClaim(claim)
  }

  release(lbId: string): void {
    if (this.#claims.delete(lbId)) this.#send({ type: 'release', lb_id: lbId })
  }

  /** One message, so that the other node takes over everything at once. */
  releaseAll(): void {
    this.#claims.clear()
    this.#send({ type: 'stopping' })
  }

  accepting(lbId: string): void {
    this.#send({ type: 'accepting', lb_id: lbId })
  }

  yielded(lbId: string): void {
    this.#send({ type: 'yielded', lb_id: lbId })
  }

  onMessage(message: AddressMessage, handle?: SocketHandle): void {
    if (message.type === 'activate') {
      const activate = ({ lb_id, since, failover_id }: Activation) =>
        this.#order(lb_id, () => this.#activate(lb_id, { since, failoverId: failover_id }))
      this.#orders.add(message.lbs.map(activate))
      return
    }
    if (message.type === 'stand_by') {
      this.#orders.add(message.lb_ids.map((lbId) => this.#order(lbId, () => this.#standBy(lbId))))
      return
    }
    this.#orders.flush()
    const claimed = this.#claims.get(message.lb_id)
    if (!claimed) {
      handle?.close()
      return
    }
    switch (message.type) {
      case 'socket':
        if (handle) claimed.holder.onSocket(message, handle)
        return
      case 'socket_withdrawn':
        claimed.holder.onSocketWithdrawn(message)
        return
      case 'socket_failed':
        claimed.holder.onSocketFailed(message, message.code)
        return
      case 'deactivate':
        claimed.active = null
        this.engine?.deactivate(message.lb_id)
        return
    }
  }

  /**
   * Handling a message threw. Releases the sockets that it was about and claims them anew, so that both sides agree again on
   * who has them and who accepts.
   */
  onFault(message: SupervisorToNode, handle?: SocketHandle): void {
    handle?.close()
    forEachContained('supervisor message', lbsOf(message), (id) => this.#reclaim(id))
  }

  /** Sends a new supervisor the sockets that this process has, its claims, and where it accepts. */
  sendHoldings(): void {
    this.#orders.flush()
    forEachContained('supervisor message', this.#claims, ([lb_id, { claim, holder, active }]) => {
      for (const [shard, handle] of holder.sockets()) {
        this.#send({ type: 'has', lb_id, ...shard }, handle)
      }
      this.#sendClaim(claim)
      if (!active) return
      const { since, failoverId: failover_id } = active
      this.#send({ type: 'is_active', lb_id, since, failover_id })
    })
  }

  /** An order that doesn't throw. */
  #order(lbId: string, carryOut: () => void): () => void {
    const again = () => this.#reclaim(lbId)
    return () => forEachContained('supervisor message', [lbId], carryOut, again)
  }

  #activate(lbId: string, active: NonNullable<Claimed['active']>): void {
    const claimed = this.#claims.get(lbId)
    if (!claimed) return
    claimed.active = active
    this.engine?.activate(lbId, new Date(active.since), active.failoverId)
  }

  #standBy(lbId: string): void {
    const claimed = this.#claims.get(lbId)
    if (!claimed) return
    claimed.active = null
    this.engine?.standBy(lbId)
  }

  #reclaim(lbId: string): void {
    const claimed = this.#claims.get(lbId)
    if (!claimed) return
    claimed.active = null
    claimed.holder.reset()
    this.#send({ type: 'release', lb_id: lbId })
    this.#sendClaim(claimed.claim)
  }

  #sendClaim({ lbId, address, ports, master, carriage }: Claim): void {
    this.#send({ type: 'claim', lb_id: lbId, address, ports: [...ports], master, carriage })
  }
}

/** The load balancers that a message is about. */
function lbsOf(message: SupervisorToNode): string[] {
  if (message.type === 'activate') return message.lbs.map(({ lb_id }) => lb_id)
  if (message.type === 'stand_by') return message.lb_ids
  return 'lb_id' in message ? [message.lb_id] : []
}
