import { contain, forEachContained } from '#lib/process/faults.ts'
import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import type {
  Endpoint,
  ListenerSource,
  Shard,
  SocketHandle,
  SocketHolder,
} from './listener-source.ts'
import { PortListener } from './port-listener.ts'
import { type VacatedPorts, vacatedPorts } from './vacated-ports.ts'

/** Interval at which ports that failed are claimed again. Milliseconds. */
const RETRY_MS = 2000

/** The part of a configuration that determines the listeners. */
type Settings = Pick<DesiredConfig, 'address' | 'master' | 'carriage'> & {
  ports: readonly number[]
  /** Frontends with another port than before: the old one is served until the new one can be. */
  moved?: readonly (readonly [from: number, to: number])[]
}

/** The listeners of a configuration, prepared before the swap. */
export type PreparedListeners = {
  settings: Settings
  listeners: Map<number, PortListener>
  vacated: VacatedPorts
  closing: PortListener[]
}

/** The listeners of one load balancer: claimed from a source, and listening while this node is the active one or stands by. */
export class LbListeners implements SocketHolder {
  active = false
  /** Whether its sockets listen. */
  #accepts = false
  /** Whether the source knows that this node accepts. */
  #announced = false
  readonly #lbId: string
  readonly #source: ListenerSource
  readonly #onConnection: (port: number, handle: TcpHandle) => void
  readonly #onChange: () => void
  readonly #retryMs: number
  #listeners = new Map<number, PortListener>()
  #vacated: VacatedPorts = new Map()
  #address: string | null = null
  #master: DesiredConfig['master'] = 'a'
  #carriage: DesiredConfig['carriage'] = null
  /** Whether the source has to be called for the present address and ports. */
  #mustClaim = false
  #retry: NodeJS.Timeout | null = null

  /**
   * @param onChange called when the state of a listener changes
   * @param retryMs how often a failed bind is retried
   */
  constructor(
    lbId: string,
    source: ListenerSource,
    onConnection: (port: number, handle: TcpHandle) => void,
    onChange: () => void,
    retryMs = RETRY_MS,
  ) {
    this.#lbId = lbId
    this.#source = source
    this.#onConnection = onConnection
    this.#onChange = onChange
    this.#retryMs = retryMs
  }

  listener(port: number): PortListener | undefined {
    return this.#listeners.get(port)
  }

  /** The former port of a frontend, which is served until its present one can be. */
  vacatedFor(port: number): number | undefined {
    return this.#vacated.get(port)
  }

  /** Makes the listeners of a configuration, reusing those that stay, and changes nothing. */
  prepare(settings: Settings): PreparedListeners {
    const { address, ports, moved = [] } = settings
    const isServed = (port: number) => this.#listeners.get(port)?.address === address
    const vacated = vacatedPorts(this.#vacated, { ports, moved, isServed })
    const listeners = new Map<number, PortListener>()
    if (address !== null) {
      for (const port of [...ports, ...vacated.values()]) {
        const listener = this.#listeners.get(port)
        const stays = listener?.address === address
        listeners.set(port, stays ? listener : this.#newListener(address, port))
      }
    }
    const closing = [...this.#listeners.values()].filter((one) => listeners.get(one.port) !== one)
    return { settings, listeners, vacated, closing }
  }

  /** Replaces the listeners. Only assigns, so it can't fail. Call `startAndRetire` next. */
  swap({ settings, listeners, vacated }: PreparedListeners): void {
    const { address, master, carriage } = settings
    this.#mustClaim ||= address !== null || this.#address !== null
    this.#address = address
    this.#master = master
    this.#carriage = carriage
    this.#listeners = listeners
    this.#vacated = vacated
  }

  /** Closes the listeners that are gone, and claims the sockets of the others. */
  startAndRetire({ closing }: PreparedListeners): void {
    forEachContained('listening port', closing, (listener) => listener.close())
    this.#claim()
  }

  *sockets(): Generator<readonly [Shard, SocketHandle]> {
    for (const { address, port, handles } of this.#listeners.values()) {
      for (const [shard, handle] of handles) yield [{ address, port, shard }, handle]
    }
  }

  onSocket({ address, port, shard }: Shard, handle: SocketHandle): void {
    const listener = this.#listeners.get(port)
    // The claim may have changed while the socket was on its way.
    if (listener?.address !== address) {
      handle.close()
      return
    }
    listener.addSocket(shard, handle)
    if (this.#accepts) listener.listen()
    this.#closeVacated()
    this.#announce()
    this.#changed()
  }

  onSocketWithdrawn({ address, port, shard }: Shard): void {
    const listener = this.#listeners.get(port)
    if (listener?.address === address) listener.closeSocket(shard)
  }

  onSocketFailed({ address, port }: Endpoint, code: string): void {
    const listener = this.#listeners.get(port)
    if (listener?.address !== address) return
    listener.fail(code)
    this.#changed()
  }

  activate(): void {
    this.#accept()
    this.active = true
    this.#announce()
    this.#changed()
  }

  /** Listens without being the active node. */
  standBy(): void {
    this.#accept()
    this.active = false
    this.#announced = false
    this.#changed()
  }

  /** Stops accepting. Only closing a socket does that; the source brings the sockets again, for standby. */
  deactivate(): void {
    this.#closeAll()
    this.#source.yielded(this.#lbId)
    this.#changed()
  }

  reset(): void {
    this.#closeAll()
    this.#changed()
  }

  /** Stops accepting and closes all sockets, without releasing them one load balancer after the other. */
  close(): void {
    if (this.#retry) clearTimeout(this.#retry)
    this.#retry = null
    this.#closeAll()
    this.#listeners.clear()
  }

  /** Stops accepting, and closes and releases all sockets. */
  release(): void {
    this.close()
    if (this.#address !== null) this.#source.release(this.#lbId)
    this.#address = null
  }

  #accept(): void {
    this.#accepts = true
    for (const listener of this.#listeners.values()) listener.listen()
  }

  #closeAll(): void {
    this.active = false
    this.#accepts = false
    this.#announced = false
    for (const listener of this.#listeners.values()) listener.close()
  }

  #newListener(address: string, port: number): PortListener {
    return new PortListener(address, port, (handle) => this.#onConnection(port, handle))
  }

  /** Closes the vacated ports whose successors can be served. */
  #closeVacated(): void {
    const isReplaced = (to: number) => this.#listeners.get(to)?.isBound === true
    const replaced = [...this.#vacated].filter(([to]) => isReplaced(to))
    if (replaced.length === 0) return
    for (const [, port] of replaced) {
      this.#listeners.get(port)?.close()
      this.#listeners.delete(port)
    }
    this.#vacated = new Map([...this.#vacated].filter(([to]) => !isReplaced(to)))
    this.#mustClaim = true
    this.#claim()
  }

  /** Tells the source, once, that this node accepts. */
  #announce(): void {
    if (this.#announced || !this.active) return
    this.#announced = [...this.#listeners.values()].some(({ state }) => state === 'listening')
    if (this.#announced) this.#source.accepting(this.#lbId)
  }

  /** Claims the ports if that is due. After a fault it is tried again. */
  readonly #claim = contain(
    'listening port',
    () => {
      if (!this.#mustClaim) return
      if (this.#address === null) this.#source.release(this.#lbId)
      else {
        const [address, master, carriage] = [this.#address, this.#master, this.#carriage]
        const ports = [...this.#listeners.keys()]
        this.#source.claim({ lbId: this.#lbId, address, ports, master, carriage }, this)
      }
      this.#mustClaim = false
    },
    () => this.#retryLater(),
  )

  #changed(): void {
    this.#onChange()
    const failed = [...this.#listeners.values()].some(({ state }) => state === 'failed')
    if (failed) this.#retryLater()
  }

  #retryLater(): void {
    this.#retry ??= setTimeout(this.#onRetry, this.#retryMs)
  }

  readonly #onRetry = contain(
    'listening port',
    () => {
      this.#retry = null
      this.#tryAgain()
    },
    () => this.#retryLater(),
  )

  #tryAgain(): void {
    const listeners = [...this.#listeners.values()]
    if (this.#accepts) for (const listener of listeners) listener.listen()
    this.#closeVacated()
    this.#announce()
    if (listeners.some(({ needsSocket }) => needsSocket)) this.#mustClaim = true
    this.#claim()
    this.#changed()
  }
}
