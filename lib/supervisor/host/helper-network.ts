import { setTimeout as delay } from 'node:timers/promises'
import type { Networks } from '#lib/core/networks.ts'
import { NetworkClient } from '#lib/network/network-client.ts'
import { Problems } from '#lib/network/problems.ts'
import { contain, detach } from '#lib/process/faults.ts'
import type {
  CarrierId,
  HandOver,
  HostAddress,
  HostNetwork,
  HostPair,
} from '../address-ownership/host-network.ts'
import { helperAddresses } from './helper-addresses.ts'
import { HelperStates } from './helper-states.ts'
import { SentAddresses } from './sent-addresses.ts'

/** The delay before a failed command is retried. Milliseconds. */
const RETRY_MS = 1000
/** How long the helper may take to start before it counts as a problem. Milliseconds. */
const START_MS = 3000

/** How the helper's process is started. */
export type HelperStart = {
  /** The path of its socket. */
  readonly socket: string
  /** Starts the helper unless it runs. @returns why it can't be started, as a sentence; null if it can */
  start(): string | null
  /** Why the helper doesn't start, from its log; null if unknown. */
  lastWords(): string | null
}

type Options = {
  helper: HelperStart
  /** The networks of the HA IPs on the helper's interface. Addresses outside them are not sent to it. */
  networks: Networks
}

/**
 * This host's network, through the network helper. Keeps the desired pairs, addresses and health, and sends them at every connect, so
 * that the helper can restart at any time.
 */
export class HelperNetwork implements HostNetwork {
  onCarrier: HostNetwork['onCarrier'] = () => {}
  onPeer: HostNetwork['onPeer'] = () => {}
  onProblem: HostNetwork['onProblem'] = () => {}
  onConnect: () => void = () => {}
  readonly #helper: HelperStart
  #networks: Networks
  readonly #client: NetworkClient
  /** The desired pairs, and whether the connected helper has them. */
  readonly #pairs = new Map<number, { pair: HostPair; isSent: boolean }>()
  readonly #stoppedPairs = new Set<number>()
  #addresses: readonly HostAddress[] | null = null
  #areAddressesSent = true
  readonly #sent: SentAddresses
  #isHealthy = false
  #haveNodesClaimed = false
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
      onDisconnect: () => this.#disconnected(),
      onCarrier: (event) => this.#states.onCarrier(event),
      onPeer: (event) => this.#states.onPeer(event),
      onProblems: (problems) => this.#problems.set('helper', problems.join(' ') || null),
    })
    this.#sent = new SentAddresses(this.#client)
  }

  get isConnected(): boolean {
    return this.#client.isConnected
  }

  /**
   * Connects, and sends the pairs and addresses that are set by now. Call it after adoption: the helper would remove the addresses of
   * nodes that outlived the previous supervisor otherwise.
   */
  open(): void {
    this.#client.open()
  }

  /** Replaces the networks of the HA IPs. Sends the addresses again, or starts the helper if it isn't connected. */
  setNetworks(networks: Networks): void {
    this.#networks = networks
    if (this.#client.isConnected) {
      this.#areAddressesSent = this.#addresses === null
      this.#sync()
    } else this.#disconnected()
  }

  /** Call it when the nodes have claimed all HA IPs that they serve: removes the others from the host. */
  removeUnclaimedAddresses(): void {
    this.#haveNodesClaimed = true
    if (this.#addresses === null) this.setAddresses([])
  }

  /** Call it when the control plane has sent the pairs: stops the others. Does nothing until the nodes have claimed their HA IPs. */
  removeFormerPairs(): void {
    if (!this.#haveNodesClaimed || !this.#client.isConnected) return
    detach('takeover', async () => {
      const { carriers } = await this.#client.status()
      for (const { pair } of carriers) if (!this.#pairs.has(pair)) this.#stoppedPairs.add(pair)
      this.#sync()
    })
  }

  startPair(pair: HostPair): void {
    const { number } = pair
    this.#stoppedPairs.delete(number)
    this.#pairs.set(number, { pair, isSent: false })
    this.#sync()
    queueMicrotask(contain('takeover', () => this.#states.repeat(number)))
  }

  stopPair(number: number): void {
    if (!this.#pairs.delete(number)) return
    this.#stoppedPairs.add(number)
    this.#problems.set(`pair ${number}`, null)
    this.#sync()
  }

  setAddresses(addresses: readonly HostAddress[]): void {
    this.#addresses = addresses
    this.#areAddressesSent = false
    this.#sync()
  }

  /** Sent ahead of queued changes: a takeover by the other host may depend on it. */
  setHealth(ok: boolean): void {
    if (this.#isHealthy === ok) return
    this.#isHealthy = ok
    this.#sendHealth()
  }

  async handOver(handOver: HandOver): Promise<number> {
    await this.#syncing
    return this.#sent.handOver(handOver)
  }

  async yieldCarrier({ pair, carrier }: CarrierId): Promise<void> {
    await this.#syncing
    await this.#client.yieldCarrier({ pair, carrier })
  }

  async reclaimCarrier({ pair, carrier }: CarrierId): Promise<void> {
    await this.#client.reclaimCarrier({ pair, carrier })
  }

  standDown({ pair, carrier }: CarrierId, forMs: number): void {
    // Ignores errors: the control plane repeats the order while both hosts own the carrier.
    const body = { pair, carrier, for_ms: forMs }
    detach('takeover', () => this.#client.standDown(body).catch(() => {}))
  }

  async shutDown(): Promise<void> {
    if (this.#isClosed) return
    // A helper that is restarting must not keep the addresses of nodes that end.
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
    for (const desired of this.#pairs.values()) desired.isSent = false
    this.#areAddressesSent = this.#addresses === null
    this.#sent.forget()
    this.#sendHealth()
    this.#sync()
    this.onConnect()
  }

  #disconnected(): void {
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

  /** Resolves at the next connect, or after a timeout. */
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
    return pairs || this.#stoppedPairs.size > 0 || !this.#areAddressesSent
  }

  /** Starts pairs before their addresses are sent. Stops pairs last, because a pair with addresses can't end. */
  async #sendAll(): Promise<void> {
    for (const [number, desired] of this.#pairs) {
      if (!desired.isSent) await this.#try(`pair ${number}`, () => this.#sendPair(desired))
    }
    if (!this.#areAddressesSent) await this.#try('addresses', () => this.#sendAddresses())
    for (const number of this.#stoppedPairs) {
      await this.#try(`pair ${number}`, async () => {
        await this.#client.unpair({ number })
        this.#stoppedPairs.delete(number)
      })
    }
  }

  async #sendPair(desired: { pair: HostPair; isSent: boolean }): Promise<void> {
    const { number, own, ownAddress, peerAddress } = desired.pair
    await this.#client.pair({ number, own, own_address: ownAddress, peer_address: peerAddress })
    desired.isSent = true
    // The addresses of this pair were left out until now.
    this.#areAddressesSent = this.#addresses === null
  }

  async #sendAddresses(): Promise<void> {
    this.#areAddressesSent = true
    const isWaiting = (pair: number) => this.#pairs.get(pair)?.isSent === false
    const { set, problem } = helperAddresses(this.#addresses ?? [], this.#networks, isWaiting)
    this.#problems.set('networks', problem)
    await this.#sent.send(set).catch((error) => {
      this.#areAddressesSent = false
      throw error
    })
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
    // Without a connection nothing is retried: the next connect sends everything.
    if (this.#isClosed || !this.#client.isConnected) return
    this.#problems.set(subject, message)
    const retry = contain('takeover', () => {
      this.#retry = null
      if (subject === 'health') this.#sendHealth()
      this.#sync()
    })
    this.#retry ??= setTimeout(retry, RETRY_MS)
  }
}
