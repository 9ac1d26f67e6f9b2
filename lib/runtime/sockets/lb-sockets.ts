import { contain } from '#lib/process/faults.ts'
import { monotonicMs } from '#lib/process/monotonic-clock.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type { NodeToSupervisor, SocketErrorCode } from '#lib/protocol/supervision.ts'
import { PortListener, type SocketHandle } from './port-listener.ts'
import type { TcpHandle } from './tcp-handle.ts'
import { type VacatedPorts, vacatedPorts } from './vacated-ports.ts'

/** How often a port that can't be had is tried again. Milliseconds. */
const RETRY_MS = 2000

type Place = { address: string; port: number }
/** Which of the port's sockets; 1 where a node is one worker. */
type ShardPlace = Place & { shard?: number }

/** The ports of one load balancer: claimed from the supervisor, listened on while this node is the active one. */
export class LbSockets {
  active = false
  /** Whether the supervisor knows that it accepts. */
  #told = false
  readonly #lbId: string
  readonly #send: (message: NodeToSupervisor) => void
  readonly #onConnection: (port: number, handle: TcpHandle) => void
  readonly #onChange: () => void
  readonly #listeners = new Map<number, PortListener>()
  #outgoing: VacatedPorts = new Map()
  #address: string | null = null
  #master: DesiredConfig['master'] = 'a'
  #retry: NodeJS.Timeout | null = null

  constructor(
    lbId: string,
    send: (message: NodeToSupervisor) => void,
    onConnection: (port: number, handle: TcpHandle) => void,
    onChange: () => void,
  ) {
    this.#lbId = lbId
    this.#send = send
    this.#onConnection = onConnection
    this.#onChange = onChange
  }

  listener(port: number): PortListener | undefined {
    return this.#listeners.get(port)
  }

  /** The port that is served in place of one that can't be had yet. */
  insteadOf(port: number): number | undefined {
    return this.#outgoing.get(port)
  }

  /**
   * Wants these ports of this address from now on. Those it has already are left as they are.
   * @param moved frontends whose port is another than before: the old one is served until the new one is had
   */
  want(
    address: string | null,
    ports: number[],
    master: DesiredConfig['master'],
    moved: [from: number, to: number][] = [],
  ): void {
    const isServed = (port: number) => this.#listeners.get(port)?.address === address
    this.#outgoing = vacatedPorts(this.#outgoing, { ports, moved, isServed })
    const wanted = new Set(address === null ? [] : [...ports, ...this.#outgoing.values()])
    for (const [port, listener] of this.#listeners) {
      if (wanted.has(port) && listener.address === address) continue
      listener.close()
      this.#listeners.delete(port)
    }
    const before = { address: this.#address, master: this.#master }
    this.#address = address
    this.#master = master
    if (address === null) {
      if (before.address !== null) this.#send({ type: 'release', lb_id: this.#lbId })
      return
    }
    for (const port of wanted) {
      if (this.#listeners.has(port)) continue
      const onConnection = (handle: TcpHandle) => this.#onConnection(port, handle)
      this.#listeners.set(port, new PortListener(address, port, onConnection))
    }
    this.#claim()
  }

  onSocket({ address, port, shard = 1 }: ShardPlace, handle: SocketHandle): void {
    const listener = this.#listeners.get(port)
    // The claim may have changed while the socket was on its way.
    if (listener?.address !== address) {
      handle.close()
      return
    }
    listener.give(shard, handle)
    if (this.active) listener.listen()
    this.#replaceOutgoing()
    this.#tell()
    this.#changed()
  }

  /** Another worker accepts from that socket from now on. */
  onSocketWithdrawn({ address, port, shard = 1 }: ShardPlace): void {
    const listener = this.#listeners.get(port)
    if (listener?.address === address) listener.giveBack(shard)
  }

  onSocketFailed({ address, port }: Place, code: SocketErrorCode): void {
    const listener = this.#listeners.get(port)
    if (listener?.address !== address) return
    listener.fail(code)
    this.#changed()
  }

  activate(): void {
    this.active = true
    for (const listener of this.#listeners.values()) listener.listen()
    this.#tell()
    this.#changed()
  }

  /** Stops accepting. Closing is the only way to do that; the supervisor sends the sockets again, to stand by. */
  deactivate(): void {
    this.active = false
    this.#told = false
    for (const listener of this.#listeners.values()) listener.close()
    this.#send({ type: 'yielded', lb_id: this.#lbId, at: monotonicMs() })
    this.#changed()
  }

  /** What another supervisor has to know: the sockets that it has, and what it claims. */
  tellHoldings(tell: (message: NodeToSupervisor, handle?: SocketHandle) => void): void {
    for (const { address, port, handles } of this.#listeners.values()) {
      for (const [shard, handle] of handles) {
        tell({ type: 'has', lb_id: this.#lbId, address, port, shard }, handle)
      }
    }
    this.#claim(tell)
  }

  /** Stops accepting and gives everything up. @param tell whether the supervisor hears of this by itself */
  close(tell = true): void {
    if (this.#retry) clearTimeout(this.#retry)
    this.#retry = null
    for (const listener of this.#listeners.values()) listener.close()
    this.#listeners.clear()
    if (tell && this.#address !== null) this.#send({ type: 'release', lb_id: this.#lbId })
    this.#address = null
    this.active = false
    this.#told = false
  }

  /** Gives up the old ports whose successors are had. */
  #replaceOutgoing(): void {
    const had = [...this.#outgoing].filter(([to]) => this.#listeners.get(to)?.isHad)
    if (had.length === 0) return
    for (const [, old] of had) {
      this.#listeners.get(old)?.close()
      this.#listeners.delete(old)
    }
    this.#outgoing = new Map([...this.#outgoing].filter(([to]) => !this.#listeners.get(to)?.isHad))
    this.#claim()
  }

  /** Says, once, that it accepts on what it has. */
  #tell(): void {
    if (this.#told || !this.active) return
    this.#told = [...this.#listeners.values()].some(({ state }) => state === 'listening')
    if (this.#told) this.#send({ type: 'accepting', lb_id: this.#lbId, at: monotonicMs() })
  }

  #claim(tell = this.#send): void {
    if (this.#address === null) return
    const ports = [...this.#listeners.keys()]
    const [lb_id, address, master] = [this.#lbId, this.#address, this.#master]
    tell({ type: 'claim', lb_id, address, ports, master })
  }

  #changed(): void {
    this.#onChange()
    const failed = [...this.#listeners.values()].some(({ state }) => state === 'failed')
    if (failed) this.#retry ??= setTimeout(this.#retryLater, RETRY_MS)
  }

  readonly #retryLater = contain(
    'listening port',
    () => this.#tryAgain(),
    () => {
      this.#retry = setTimeout(this.#retryLater, RETRY_MS)
    },
  )

  #tryAgain(): void {
    this.#retry = null
    const listeners = [...this.#listeners.values()]
    if (this.active) for (const listener of listeners) listener.listen()
    this.#replaceOutgoing()
    this.#tell()
    if (listeners.some(({ lacksSocket }) => lacksSocket)) this.#claim()
    this.#changed()
  }
}
