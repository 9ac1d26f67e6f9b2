import type { BoundSocket } from '#lib/process/bind-socket.ts'
import type { SocketErrorCode } from '#lib/protocol/supervision.ts'
import type { Shard } from './address-ownership.ts'

/** Binds `count` sockets to a port, or returns why that fails. */
export type Bind = (
  address: string,
  port: number,
  count: number,
) => BoundSocket[] | { code: SocketErrorCode }

export const keyOf = (address: string, port: number) => `${address}:${port}`

/**
 * The bound sockets of all ports, by load balancer. A port's sockets are bound at the first `open`, and stay open as long as the
 * load balancer claims the port.
 */
export class PortSockets {
  /** By load balancer and "address:port". */
  readonly #bound = new Map<string, Map<string, BoundSocket[]>>()
  /** The load balancer that has an "address:port". */
  readonly #holders = new Map<string, string>()
  /** The load balancer that waits for an "address:port" of another: the last that asked. */
  readonly #waiting = new Map<string, string>()
  readonly #bind: Bind

  constructor(bind: Bind) {
    this.#bind = bind
  }

  /**
   * A load balancer's own sockets for a port. `taken`: another load balancer had the address before, and a node has not released
   * it yet; `closeUnclaimed` returns the one that waits.
   */
  open(
    lbId: string,
    { address, port, count }: { address: string; port: number; count: number },
  ): BoundSocket[] | 'taken' | { code: SocketErrorCode } {
    const key = keyOf(address, port)
    const own = this.#bound.get(lbId)?.get(key)
    if (own) return own
    if (this.#holders.has(key)) {
      this.#waiting.set(key, lbId)
      return 'taken'
    }
    const sockets = this.#bind(address, port, count)
    if (!('code' in sockets)) this.#keep(lbId, key, sockets)
    return sockets
  }

  /** Adopts a socket that an earlier supervisor bound. Both nodes send the same one: the second is closed. */
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

  /** Renumbers the adopted sockets: those that no worker had leave gaps. */
  closeGaps(): void {
    for (const bound of this.#bound.values()) {
      for (const [key, sockets] of bound) bound.set(key, Object.values(sockets))
    }
  }

  #keep(lbId: string, key: string, sockets: BoundSocket[]): void {
    this.#bound.set(lbId, (this.#bound.get(lbId) ?? new Map()).set(key, sockets))
    this.#holders.set(key, lbId)
  }

  /** Closes a load balancer's sockets that are not claimed any more. @returns the load balancers that waited for them */
  closeUnclaimed(lbId: string, claimed: ReadonlySet<string>): string[] {
    const bound = this.#bound.get(lbId)
    const freed = [...(bound ?? [])].filter(([key]) => !claimed.has(key))
    const next = freed.flatMap(([key, sockets]) => {
      for (const socket of sockets) socket.close()
      bound?.delete(key)
      this.#holders.delete(key)
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
    this.#holders.clear()
    this.#waiting.clear()
  }
}
