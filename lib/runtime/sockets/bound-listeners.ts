import { bindSocket } from '#lib/process/bind-socket.ts'
import { contain } from '#lib/process/faults.ts'
import type { Claim, ListenerSource, SocketHolder } from './listener-source.ts'

type Claimed = { claim: Claim; holder: SocketHolder; bound: Set<number> }

/**
 * Sockets that the process binds itself, for a node that owns its addresses without a supervisor beside it.
 *
 * An address that the machine doesn't have yet fails with EADDRNOTAVAIL and is tried again with the next claim. Node can't
 * set IP_FREEBIND; with the sysctl `net.ipv4.ip_nonlocal_bind` the sockets are bound before the address arrives.
 * Nothing else holds a socket, so `yielded` loses the connections in its queue.
 */
export class BoundListeners implements ListenerSource {
  readonly #reusePort: boolean
  readonly #claims = new Map<string, Claimed>()

  /** @param options.reusePort whether other processes may bind the same ports (SO_REUSEPORT), as the workers of a node do */
  constructor({ reusePort = false } = {}) {
    this.#reusePort = reusePort
  }

  claim(claim: Claim, holder: SocketHolder): void {
    const before = this.#claims.get(claim.lbId)
    const kept = before?.claim.address === claim.address ? [...before.bound] : []
    const bound = new Set(kept.filter((port) => claim.ports.includes(port)))
    this.#claims.set(claim.lbId, { claim, holder, bound })
    this.#bindSoon(claim.lbId)
  }

  release(lbId: string): void {
    this.#claims.delete(lbId)
  }

  releaseAll(): void {
    this.#claims.clear()
  }

  accepting(): void {}

  yielded(lbId: string): void {
    this.#claims.get(lbId)?.bound.clear()
    this.#bindSoon(lbId)
  }

  #bindSoon(lbId: string): void {
    setImmediate(contain('listening port', () => this.#bind(lbId)))
  }

  #bind(lbId: string): void {
    const claimed = this.#claims.get(lbId)
    if (!claimed) return
    const { claim, holder, bound } = claimed
    const { address } = claim
    for (const port of claim.ports) {
      // A socket that the holder got may have led to another claim.
      if (this.#claims.get(lbId) !== claimed) return
      if (bound.has(port)) continue
      const socket = bindSocket(address, port, { reusePort: this.#reusePort })
      if ('code' in socket) {
        holder.onSocketFailed({ address, port }, socket.code)
        continue
      }
      bound.add(port)
      holder.onSocket({ address, port, shard: 1 }, socket.handle)
    }
  }
}
