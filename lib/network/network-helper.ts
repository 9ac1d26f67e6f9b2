import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { Networks } from '#lib/core/networks.ts'
import { contain, detach } from '#lib/process/faults.ts'
import { vridOf } from '#lib/protocol/pair.ts'
import { Announcer } from './announcer.ts'
import { Carriers } from './carriers.ts'
import type { Clocks } from './clocks.ts'
import { Fence } from './fence.ts'
import { FrameSender } from './frame-sender.ts'
import { GivenUpCarriers } from './given-up-carriers.ts'
import { HostAddresses } from './host-addresses.ts'
import type { HostInterface } from './host-interface.ts'
import { LocalPairs } from './local-pairs.ts'
import type { CarrierName, Command, CommandBody, NetworkEvent } from './messages.ts'
import { NftSession } from './nft-session.ts'
import { readNotifications } from './notify-fifo.ts'
import { carriersOf, type LocalPair } from './pairs.ts'
import { Problems } from './problems.ts'
import type { RunFiles } from './run-files.ts'
import { TableMonitor } from './table-monitor.ts'

/** How often the helper compares keepalived's state with the adverts that the kernel sees. Milliseconds. */
const POLL_MS = 500
/** How long a peer, which may be away, has to answer ARP. Milliseconds. */
const PEER_MS = 200

const REMOVED =
  'Another program removed the fence from nftables. Until it was loaded again, both hosts may have answered.'

export type NetworkHelperOptions = {
  files: RunFiles
  interface: HostInterface
  /** The only networks that HA IPs can be in. The supervisor can't widen them. */
  networks: Networks
  clocks: Clocks
  /** Sends an event to the supervisor. */
  emit(event: NetworkEvent): void
}

/** Carries out the supervisor's commands: runs keepalived, fences the HA IPs, adds them to this host and announces them. */
export class NetworkHelper {
  readonly #options: NetworkHelperOptions
  readonly #nft: NftSession
  readonly #frames: FrameSender
  readonly #fence: Fence
  readonly #carriers: Carriers
  readonly #addresses: HostAddresses
  readonly #problems: Problems
  readonly #pairs: LocalPairs
  readonly #givenUp: GivenUpCarriers
  readonly #tables = new TableMonitor(() => detach('maintenance', () => this.#repair()))
  #fifo: Socket | null = null
  #poll: NodeJS.Timeout | undefined
  #isPolling = false
  #isEnding = false
  #repairing: Promise<boolean> | null = null
  /** Changes are queued: each one waits for the previous one. */
  #lastChange: Promise<void> = Promise.resolve()

  constructor(options: NetworkHelperOptions) {
    this.#options = options
    const { interface: hostInterface, clocks, networks, files, emit } = options
    const problems = new Problems((list) => emit({ event: 'problems', problems: list }))
    this.#nft = new NftSession(files.transaction)
    const fence = new Fence(this.#nft, hostInterface, clocks)
    this.#frames = new FrameSender(hostInterface.name)
    const announcer = new Announcer({
      frames: this.#frames,
      interface: hostInterface,
      fence,
      onProblem: (problem) => problems.set('announcements', problem),
    })
    const carriers = new Carriers(fence, announcer, clocks, emit)
    const keepalived = { device: hostInterface.name, clocks, files }
    this.#problems = problems
    this.#fence = fence
    this.#carriers = carriers
    this.#pairs = new LocalPairs({ fence, carriers, problems, keepalived, emit })
    this.#addresses = new HostAddresses({ fence, carriers, interface: hostInterface, networks })
    this.#givenUp = new GivenUpCarriers(files, fence, clocks)
  }

  /** Adopts the pairs, addresses and fence that the previous helper left running. */
  async start(): Promise<void> {
    const { files, interface: hostInterface } = this.#options
    this.#problems.set('arp', hostInterface.prepareKernel())
    this.#frames.open()
    if (this.#health() === null) writeFileSync(files.health, '1\n')
    const pairs = this.#pairs.formerPairs()
    await this.#addresses.load()
    await this.#fence.load(pairs.flatMap(carriersOf), this.#addresses.present)
    const { alive } = await this.#fence.adverts()
    await this.#pairs.adopt(pairs, alive, this.#health() === true)
    this.#fifo = await readNotifications(files.notifyFifo, (notification) =>
      this.#carriers.onNotification(notification),
    )
    this.#tables.start()
    this.#poll = setInterval(
      contain('maintenance', () => detach('maintenance', () => this.#maintain())),
      POLL_MS,
    )
  }

  /** Leaves keepalived, the fence and the addresses to the next helper. */
  stop(): void {
    clearInterval(this.#poll)
    this.#tables.stop()
    this.#fifo?.destroy()
    this.#frames.close()
    this.#nft.close()
  }

  /** The events that tell a newly connected supervisor the current state. */
  snapshot(): NetworkEvent[] {
    const problems = this.#problems.list()
    return [...this.#carriers.events(), ...this.#pairs.events(), { event: 'problems', problems }]
  }

  /**
   * @returns the fields of the reply besides `id` and `error`
   * @throws Error with a sentence for the reply's `error`
   */
  async execute(command: Command): Promise<object> {
    const startedAt = performance.now()
    switch (command.type) {
      case 'pair': {
        const { type: _, id: __, ...pair } = command
        return this.#change(() => this.#pair(pair))
      }
      case 'unpair':
        return this.#change(() => this.#unpair(command.number))
      case 'addresses':
        return this.#change(() => this.#setAddresses(command))
      case 'change_addresses':
        return this.#change(async () => {
          await this.#addresses.change(command)
          return {}
        })
      case 'hand_over':
        return this.#change(async () => {
          // Leaving addresses may go to a pair that this host isn't in.
          if (command.side === 'arriving' && command.pair !== null)
            this.#pairs.require(command.pair)
          await this.#addresses.handOver(command)
          return { took_ms: performance.now() - startedAt }
        })
      case 'health':
        writeFileSync(this.#options.files.health, command.ok ? '0\n' : '1\n')
        return {}
      case 'yield_carrier':
        return this.#yieldCarrier(command)
      case 'reclaim_carrier':
        this.#pairs.require(command.pair)
        await this.#carriers.reclaim(vridOf(command.pair, command.carrier))
        return {}
      case 'stand_down':
        this.#pairs.require(command.pair)
        this.#givenUp.standDown(vridOf(command.pair, command.carrier), command.for_ms)
        return {}
      case 'status':
        return this.#status()
      case 'shut_down':
        return this.#change(() => this.#shutDown())
    }
  }

  async #change<Result>(work: () => Promise<Result>): Promise<Result> {
    const previous = this.#lastChange
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lastChange = promise
    await previous
    try {
      return await work()
    } finally {
      resolve()
    }
  }

  async #pair(pair: LocalPair): Promise<object> {
    const problem = this.#options.interface.pairProblem(pair.own_address, pair.peer_address)
    if (problem) throw new Error(problem)
    // Asks the peer for its MAC, so that the peer learns this host's. A peer that owned both carriers while this host was away
    // asks only once a second: until then its adverts wouldn't arrive, and this host would take over.
    await this.#options.interface.macOf(pair.peer_address, PEER_MS).catch(() => {})
    await this.#pairs.set(pair)
    return {}
  }

  async #unpair(number: number): Promise<object> {
    for (const carrier of ['a', 'b'] as const) this.#requireEmpty({ pair: number, carrier })
    for (const carrier of ['a', 'b'] as const) this.#givenUp.forget(vridOf(number, carrier))
    await this.#pairs.remove(number)
    return {}
  }

  /** Addresses on carriers of pairs that this host isn't in stay closed. */
  async #setAddresses({ set }: CommandBody<'addresses'>): Promise<object> {
    await this.#addresses.replace(set)
    return {}
  }

  async #yieldCarrier({ pair, carrier }: CarrierName): Promise<object> {
    this.#pairs.require(pair)
    this.#requireEmpty({ pair, carrier })
    if (await this.#givenUp.yieldToPeer(vridOf(pair, carrier))) return {}
    throw new Error(`The peer doesn't take over carrier ${carrier} of pair ${pair}.`)
  }

  #requireEmpty({ pair, carrier }: CarrierName): void {
    const count = this.#addresses.count(vridOf(pair, carrier))
    if (count === 0) return
    throw new Error(`Carrier ${carrier} of pair ${pair} has ${count} addresses. Hand them over.`)
  }

  #status(): object {
    const { clocks } = this.#options
    return {
      carriers: this.#carriers.events(),
      peers: this.#pairs.events(),
      addresses: this.#addresses.list(),
      health_ok: this.#health() === true,
      problems: this.#problems.list(),
      advert_interval_ms: clocks.advertMs,
      lease_ms: clocks.leaseMs,
    }
  }

  async #shutDown(): Promise<object> {
    this.#isEnding = true
    clearInterval(this.#poll)
    this.#tables.stop()
    await this.#repairing
    const { files } = this.#options
    // keepalived sends priority 0 as it ends: the peer takes over while the fence still drops packets that arrive here.
    await this.#pairs.removeAll()
    await this.#addresses.removeAll()
    await this.#fence.remove()
    const { health, notifyFifo, bootId, transaction } = files
    for (const file of [health, notifyFifo, bootId, transaction]) rmSync(file, { force: true })
    return {}
  }

  /** Whether the node can serve; null until a supervisor has set it. */
  #health(): boolean | null {
    try {
      return readFileSync(this.#options.files.health, 'utf8').trim() === '0'
    } catch {
      return null
    }
  }

  /** Doesn't wait in the queue of changes, because both hosts answer while the fence is missing. */
  async #repair(): Promise<void> {
    if (this.#isEnding) return
    this.#repairing ??= this.#fence.repair(this.#pairs.carriers())
    try {
      this.#problems.set('nft', (await this.#repairing) ? REMOVED : null)
    } finally {
      this.#repairing = null
    }
  }

  async #maintain(): Promise<void> {
    if (this.#isPolling) return
    this.#isPolling = true
    try {
      await this.#repair()
      const adverts = await this.#fence.adverts()
      this.#carriers.compare(adverts)
      this.#givenUp.compare(adverts)
      this.#pairs.maintain(adverts)
    } catch (error) {
      this.#problems.set('nft', (error as Error).message)
    } finally {
      this.#isPolling = false
    }
  }
}
