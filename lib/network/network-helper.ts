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

/** How often it compares what keepalived says with what the kernel sees. Milliseconds. */
const POLL_MS = 500
/** How long it waits for a peer to say its MAC, which may be away. Milliseconds. */
const PEER_MS = 200

const REMOVED =
  'Another program removed the fence from nftables. Until it was loaded again, both hosts may have answered.'

export type NetworkHelperOptions = {
  files: RunFiles
  interface: HostInterface
  /** HA IPs come from these, whatever the supervisor says. */
  networks: Networks
  clocks: Clocks
  /** What it says to the supervisor by itself. */
  emit(event: NetworkEvent): void
}

/** What the privileged process of a load balancer host does: the fence, keepalived, addresses and their announcement. */
export class NetworkHelper {
  readonly #options: NetworkHelperOptions
  readonly #nft = new NftSession()
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
  /** Changes are made one after the other. */
  #lastChange: Promise<void> = Promise.resolve()

  constructor(options: NetworkHelperOptions) {
    this.#options = options
    const { interface: on, clocks, networks, files, emit } = options
    const problems = new Problems((list) => emit({ event: 'problems', problems: list }))
    const fence = new Fence(this.#nft, on, clocks)
    this.#frames = new FrameSender(on.name)
    const announcer = new Announcer({
      frames: this.#frames,
      interface: on,
      fence,
      onProblem: (problem) => problems.set('announcements', problem),
    })
    const carriers = new Carriers(fence, announcer, clocks, emit)
    const keepalived = { device: on.name, clocks, files }
    this.#problems = problems
    this.#fence = fence
    this.#carriers = carriers
    this.#pairs = new LocalPairs({ fence, carriers, problems, keepalived, emit })
    this.#addresses = new HostAddresses({ fence, carriers, interface: on, networks })
    this.#givenUp = new GivenUpCarriers(files, fence)
  }

  /** Adopts what a former helper left running. */
  async start(): Promise<void> {
    const { files, interface: on } = this.#options
    this.#problems.set('arp', on.prepareKernel())
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

  /** Leaves everything running for the next helper. */
  stop(): void {
    clearInterval(this.#poll)
    this.#tables.stop()
    this.#fifo?.destroy()
    this.#frames.close()
    this.#nft.close()
  }

  /** What a supervisor has to know when it connects. */
  snapshot(): NetworkEvent[] {
    const problems = this.#problems.list()
    return [...this.#carriers.events(), ...this.#pairs.events(), { event: 'problems', problems }]
  }

  /**
   * @returns what the answer has besides its id and `error`
   * @throws Error in a sentence, by rejection
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
      case 'hand_over':
        return this.#change(async () => {
          // Addresses may leave to a pair of other hosts.
          if (command.side === 'arriving') this.#pairs.require(command.pair)
          await this.#addresses.handOver(command)
          return { took_ms: performance.now() - startedAt }
        })
      case 'health':
        writeFileSync(this.#options.files.health, command.ok ? '0\n' : '1\n')
        return {}
      case 'yield_carrier':
        return this.#yieldCarrier(command)
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
    const former = this.#lastChange
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lastChange = promise
    await former
    try {
      return await work()
    } finally {
      resolve()
    }
  }

  async #pair(pair: LocalPair): Promise<object> {
    const problem = this.#options.interface.pairProblem(pair.own_address, pair.peer_address)
    if (problem) throw new Error(problem)
    // A peer that owned both carriers while this host was away would ask for its MAC once a second only, and this host,
    // hearing nothing, would take over. Its own question says the MAC.
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

  /** On carriers of pairs that this host doesn't run, addresses stay fenced. */
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
    // keepalived says goodbye, so that the peer takes over while the fence still drops what comes here.
    await this.#pairs.removeAll()
    await this.#addresses.removeAll()
    await this.#fence.remove()
    for (const file of [files.health, files.notifyFifo, files.bootId]) rmSync(file, { force: true })
    return {}
  }

  /** Whether the node can serve; null if no supervisor has said so yet. */
  #health(): boolean | null {
    try {
      return readFileSync(this.#options.files.health, 'utf8').trim() === '0'
    } catch {
      return null
    }
  }

  /** Doesn't wait for other changes: while the fence is away both hosts answer. */
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
      this.#pairs.maintain(adverts)
    } catch (error) {
      this.#problems.set('nft', (error as Error).message)
    } finally {
      this.#isPolling = false
    }
  }
}
