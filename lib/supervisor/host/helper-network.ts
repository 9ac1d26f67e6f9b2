import { setTimeout as delay } from 'node:timers/promises'
import type { Networks } from '#lib/core/networks.ts'
import { NetworkClient } from '#lib/network/network-client.ts'
import { Problems } from '#lib/network/problems.ts'
import { contain, detach } from '#lib/process/faults.ts'
import type {
  CarrierEvent,
  CarrierId,
  HandOver,
  HostAddress,
  HostNetwork,
  HostPair,
} from '../address-ownership/host-network.ts'
import { helperAddresses } from './helper-addresses.ts'
import { HelperStates } from './helper-states.ts'

/** After a command has failed, the pause before it is sent again. Milliseconds. */
const RETRY_MS = 1000
/** How long a helper that is being started may take until that is a problem. Milliseconds. */
const START_MS = 3000

/** How the helper's process is started. */
export type HelperStart = {
  /** The path of its socket. */
  readonly socket: string
  /** Starts it unless it runs. @returns why that isn't possible, as a sentence; null if it is */
  start(): string | null
  /** Why it doesn't start, as far as that is known. */
  lastWords(): string | null
}

type Options = {
  helper: HelperStart
  /** The networks of the HA IPs on the helper's interface. Others are not its business. */
  networks: Networks
}

/**
 * This host's network, through the network helper. It keeps what is wanted and sends it again to every helper that it connects to, so
 * a helper may end and start at any time.
 */
export class HelperNetwork implements HostNetwork {
  onCarrier: (event: CarrierEvent) => void = () => {}
  onPeer: HostNetwork['onPeer'] = () => {}
  onProblem: HostNetwork['onProblem'] = () => {}
  /** Called after each connect. */
  onConnect: () => void = () => {}
  readonly #helper: HelperStart
  #networks: Networks
  readonly #client: NetworkClient
  /** Wanted pairs, and whether the helper that is connected has them. */
  readonly #pairs = new Map<number, { pair: HostPair; isSent: boolean }>()
  readonly #unwanted = new Set<number>()
  #addresses: readonly HostAddress[] | null = null
  #areSent = true
  #isHealthy = false
  #isClaimed = false
  readonly #states = new HelperStates(this)
  readonly #problems = new Problems((problems) =>
    this.onProblem([...new Set(problems)].join(' ') || null),
  )
  #syncing: Promise<void> | null = null
  #retry: NodeJS.Timeout | null = null
  #starting: NodeJS.Timeout | null = null
  #wasConnected = false
  #isClosed = false

  constructor({ helper, networks }: Options) {
    this.#helper = helper
    this.#networks = networks
    this.#client = new NetworkClient(helper.socket, {
      onConnect: () => this.#connected(),
      onDisconnect: () => this.#away(),
      onCarrier: (event) => this.#states.onCarrier(event),
      onPeer: (event) => this.#states.onPeer(event),
      onProblems: (problems) => this.#problems.set('helper', problems.join(' ') || null),
    })
  }

  get isConnected(): boolean {
    return this.#client.isConnected
  }

  /**
   * Connects. What is wanted by then is what the helper gets first, so call this once nodes that outlived the previous supervisor
   * are adopted: their addresses would be removed otherwise.
   */
  open(): void {
    this.#client.open()
  }

  /** Other networks of HA IPs, with which the helper is started again. */
  setNetworks(networks: Networks): void {
    this.#networks = networks
    if (this.#client.isConnected) {
      this.#areSent = this.#addresses === null
      this.#sync()
    } else this.#away()
  }

  /** The nodes have claimed all that they serve: removes other addresses from the host. */
  removeUnclaimedAddresses(): void {
    this.#isClaimed = true
    if (this.#addresses === null) this.setAddresses([])
  }

  /** The control plane has said which pairs there are: ends those of an earlier supervisor, once the nodes have claimed theirs. */
  removeFormerPairs(): void {
    if (!this.#isClaimed || !this.#client.isConnected) return
    detach('takeover', async () => {
      const { carriers } = await this.#client.status()
      for (const { pair } of carriers) if (!this.#pairs.has(pair)) this.#unwanted.add(pair)
      this.#sync()
    })
  }

  startPair(pair: HostPair): void {
    const { number } = pair
    this.#unwanted.delete(number)
    this.#pairs.set(number, { pair, isSent: false })
    this.#sync()
    const tell = contain('takeover', () => this.#states.repeat(number))
    queueMicrotask(tell)
  }

  stopPair(number: number): void {
    if (!this.#pairs.delete(number)) return
    this.#unwanted.add(number)
    this.#problems.set(`pair ${number}`, null)
    this.#sync()
  }

  setAddresses(addresses: readonly HostAddress[]): void {
    this.#addresses = addresses
    this.#areSent = false
    this.#sync()
  }

  /** Sent at once, whatever else the helper is doing: the other host waits for it. */
  setHealth(ok: boolean): void {
    if (this.#isHealthy === ok) return
    this.#isHealthy = ok
    this.#sendHealth()
  }

  async handOver(handOver: HandOver): Promise<number> {
    await this.#syncing
    return (await this.#client.handOver(handOver)).took_ms
  }

  async yieldCarrier({ pair, carrier }: CarrierId): Promise<void> {
    await this.#syncing
    await this.#client.yieldCarrier({ pair, carrier })
  }

  standDown({ pair, carrier }: CarrierId, forMs: number): void {
    // Without a helper nothing owns the carrier for long.
    detach('takeover', () =>
      this.#client.standDown({ pair, carrier, for_ms: forMs }).catch(() => {}),
    )
  }

  async shutDown(): Promise<void> {
    if (this.#isClosed) return
    // A helper that is being restarted must not be left with the addresses of a node that ends.
    if (this.#wasConnected && !this.#client.isConnected) await this.#nextConnect()
    this.#end()
    try {
      if (this.#client.isConnected) await this.#client.shutDown()
    } finally {
      this.#client.close()
    }
  }

  #connected(): void {
    this.#wasConnected = true
    if (this.#starting) clearTimeout(this.#starting)
    this.#problems.set('connection', null)
    for (const wanted of this.#pairs.values()) wanted.isSent = false
    this.#areSent = this.#addresses === null
    this.#sendHealth()
    this.#sync()
    this.onConnect()
  }

  #away(): void {
    if (this.#isClosed) return
    this.#states.clear()
    this.#problems.set('helper', null)
    const problem = this.#helper.start()
    if (problem !== null) {
      this.#problems.set('connection', problem)
      return
    }
    const onLate = contain('takeover', () => {
      const words = this.#helper.lastWords() ?? 'It says nothing.'
      this.#problems.set('connection', `The network helper doesn't start. ${words}`)
    })
    if (this.#starting) clearTimeout(this.#starting)
    this.#starting = setTimeout(onLate, START_MS)
  }

  #end(): void {
    this.#isClosed = true
    for (const timer of [this.#retry, this.#starting]) if (timer) clearTimeout(timer)
  }

  /** Resolves at the next connect, or when that takes too long. */
  async #nextConnect(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.onConnect = resolve
    await Promise.race([promise, delay(START_MS)])
  }

  #sendHealth(): void {
    if (!this.#client.isConnected) return
    detach('takeover', () =>
      this.#client.health({ ok: this.#isHealthy }).then(
        () => this.#problems.set('health', null),
        (error: Error) => this.#failed('health', error),
      ),
    )
  }

  #sync(): void {
    if (this.#syncing || this.#isClosed || !this.#client.isConnected) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#syncing = promise
    detach('takeover', async () => {
      try {
        await this.#sendAll()
      } finally {
        this.#syncing = null
        resolve()
        if (this.#hasUnsent && !this.#retry) this.#sync()
      }
    })
  }

  get #hasUnsent(): boolean {
    const pairs = [...this.#pairs.values()].some(({ isSent }) => !isSent)
    return pairs || this.#unwanted.size > 0 || !this.#areSent
  }

  /** Pairs before the addresses on them, which have to leave a pair before it can end. */
  async #sendAll(): Promise<void> {
    for (const [number, wanted] of this.#pairs) {
      if (!wanted.isSent) await this.#try(`pair ${number}`, () => this.#sendPair(wanted))
    }
    if (!this.#areSent) await this.#try('addresses', () => this.#sendAddresses())
    for (const number of this.#unwanted) {
      await this.#try(`pair ${number}`, async () => {
        await this.#client.unpair({ number })
        this.#unwanted.delete(number)
      })
    }
  }

  async #sendPair(wanted: { pair: HostPair; isSent: boolean }): Promise<void> {
    const { number, own, ownAddress, peerAddress } = wanted.pair
    await this.#client.pair({ number, own, own_address: ownAddress, peer_address: peerAddress })
    wanted.isSent = true
    // They wait for it.
    this.#areSent = this.#addresses === null
  }

  async #sendAddresses(): Promise<void> {
    this.#areSent = true
    const isWaiting = (pair: number) => this.#pairs.get(pair)?.isSent === false
    const { set, problem } = helperAddresses(this.#addresses ?? [], this.#networks, isWaiting)
    this.#problems.set('networks', problem)
    try {
      await this.#client.addresses({ set })
    } catch (error) {
      this.#areSent = false
      throw error
    }
  }

  async #try(subject: string, send: () => Promise<void>): Promise<void> {
    try {
      await send()
      this.#problems.set(subject, null)
    } catch (error) {
      this.#failed(subject, error as Error)
    }
  }

  #failed(subject: string, { message }: Error): void {
    // After a connect everything is sent again.
    if (this.#isClosed || !this.#client.isConnected) return
    this.#problems.set(subject, message)
    const again = contain('takeover', () => {
      this.#retry = null
      if (subject === 'health') this.#sendHealth()
      this.#sync()
    })
    this.#retry ??= setTimeout(again, RETRY_MS)
  }
}
