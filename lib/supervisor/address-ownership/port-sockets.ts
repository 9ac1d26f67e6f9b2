import type { SocketErrorCode } from '#lib/protocol/supervision.ts'
import type { BoundSocket } from './bind-socket.ts'

/** Binds as many sockets to a port as a node has workers, or says why they can't be had. */
export type Bind = (address: string, port: number) => BoundSocket[] | { code: SocketErrorCode }

/** One of a port's sockets, counted from 1. */
export type Shard = { address: string; port: number; shard: number }

export const keyOf = (address: string, port: number) => `${address}:${port}`

/**
 * The sockets of all ports, each of one load balancer: bound when they are first asked for, open as long as that load
 * balancer claims them.
 */
export class PortSockets {
  /** By load balancer and "address:port". */
  readonly #bound = new Map<string, Map<string, BoundSocket[]>>()
  /** Whose an "address:port" is. */
  readonly #owners = new Map<string, string>()
  /** Who wants an "address:port" that is still another's, the last to ask. */
  readonly #waiting = new Map<string, string>()
  readonly #bind: Bind

  constructor(bind: Bind) {
    this.#bind = bind
  }

  /**
   * A load balancer's own sockets for an address and port. `held`: another one had the address until a moment ago and a
   * node still lets go of it; `closeUnclaimed` tells when that is done.
   */
  open(lbId: string, address: string, port: number): BoundSocket[] | 'held' | { code: string } {
    const key = keyOf(address, port)
    const own = this.#bound.get(lbId)?.get(key)
    if (own) return own
    if (this.#owners.has(key)) {
      this.#waiting.set(key, lbId)
      return 'held'
    }
    const sockets = this.#bind(address, port)
    if (!('code' in sockets)) this.#keep(lbId, key, sockets)
    return sockets
  }

  /**
   * Takes a port's socket over that was bound by an earlier supervisor; a node sends it, so the other may have sent the same
   * one already.
   */
  adopt(lbId: string, { address, port, shard }: Shard, socket: BoundSocket): void {
    const key = keyOf(address, port)
    const sockets = this.#bound.get(lbId)?.get(key) ?? []
    if (sockets[shard - 1]) {
      socket.close()
      return
    }
    sockets[shard - 1] = socket
    this.#keep(lbId, key, sockets)
  }

  /** All have been taken over: those that nobody had any more leave no gap among the others. */
  closeGaps(): void {
    for (const bound of this.#bound.values()) {
      for (const [key, sockets] of bound) bound.set(key, Object.values(sockets))
    }
  }

  #keep(lbId: string, key: string, sockets: BoundSocket[]): void {
    this.#bound.set(lbId, (this.#bound.get(lbId) ?? new Map()).set(key, sockets))
    this.#owners.set(key, lbId)
  }

  /** Closes a load balancer's that are not claimed any more. @returns the load balancers that waited for one */
  closeUnclaimed(lbId: string, claimed: ReadonlySet<string>): string[] {
    const bound = this.#bound.get(lbId)
    const freed = [...(bound ?? [])].filter(([key]) => !claimed.has(key))
    const next = freed.flatMap(([key, sockets]) => {
      for (const socket of sockets) socket.close()
      bound?.delete(key)
      this.#owners.delete(key)
      const waiting = this.#waiting.get(key)
      this.#waiting.delete(key)
      return waiting ?? []
    })
    if (bound?.size === 0) this.#bound.delete(lbId)
    return next
  }

  close(): void {
    const all = [...this.#bound.values()].flatMap((bound) => [...bound.values()])
    for (const socket of all.flat()) socket.close()
    this.#bound.clear()
    this.#owners.clear()
    this.#waiting.clear()
  }
}
