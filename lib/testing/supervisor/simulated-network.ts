import type { Cluster } from '#lib/core/locality.ts'
import type {
  CarrierEvent,
  CarrierId,
  HandOver,
  HostAddress,
  HostNetwork,
  HostPair,
} from '#lib/supervisor/address-ownership/host-network.ts'

const CARRIERS = ['a', 'b'] as const
/** The time until a takeover after a host is lost, and after an advert of priority 0. Milliseconds. */
const LOST_MS = 130
const PRIORITY_0_MS = 20

/** Two hosts, and VRRP between them as keepalived does it: the owner of a carrier keeps it while it can. */
export class SimulatedHosts {
  readonly a = new SimulatedNetwork(this, 'a')
  readonly b = new SimulatedNetwork(this, 'b')
  isApart = false

  of(cluster: Cluster): SimulatedNetwork {
    return this[cluster]
  }

  /** Decides all carriers anew. @param silenceMs for how long a former owner was silent */
  elect(silenceMs = PRIORITY_0_MS): void {
    const numbers = new Set([...this.a.pairs, ...this.b.pairs].map(([number]) => number))
    for (const pair of numbers)
      for (const carrier of CARRIERS) this.#elect({ pair, carrier }, silenceMs)
  }

  kill(cluster: Cluster): void {
    this.of(cluster).isAlive = false
    this.elect(LOST_MS)
  }

  #elect(id: CarrierId, silenceMs: number): void {
    const preferred = this.of(id.carrier)
    const other = this.of(id.carrier === 'a' ? 'b' : 'a')
    const candidates = [preferred, other].filter((host) => host.mayOwn(id))
    const owners = [preferred, other].filter((host) => host.owns(id))
    const winners = this.isApart
      ? candidates
      : [candidates.find((host) => owners.includes(host)) ?? candidates[0]]
    for (const host of [preferred, other]) {
      const silence = owners.some((one) => one !== host) ? silenceMs : null
      host.become(id, winners.includes(host), silence)
    }
  }
}

/** One host's network. */
export class SimulatedNetwork implements HostNetwork {
  onCarrier: (event: CarrierEvent) => void = () => {}
  onPeer: HostNetwork['onPeer'] = () => {}
  onProblem: HostNetwork['onProblem'] = () => {}
  isAlive = true
  addresses: readonly HostAddress[] = []
  readonly handedOver: HandOver[] = []
  readonly pairs = new Map<number, HostPair>()
  readonly #hosts: SimulatedHosts
  readonly #cluster: Cluster
  readonly #owned = new Set<string>()
  readonly #avoided = new Set<string>()
  #isHealthy = false

  constructor(hosts: SimulatedHosts, cluster: Cluster) {
    this.#hosts = hosts
    this.#cluster = cluster
  }

  startPair(pair: HostPair): void {
    this.pairs.set(pair.number, pair)
    this.#hosts.elect()
  }

  stopPair(number: number): void {
    this.pairs.delete(number)
    this.#hosts.elect()
  }

  setAddresses(addresses: readonly HostAddress[]): void {
    this.addresses = addresses
  }

  setHealth(ok: boolean): void {
    this.#isHealthy = ok
    this.#hosts.elect()
  }

  async handOver(handOver: HandOver): Promise<number> {
    this.handedOver.push(handOver)
    return 2
  }

  async yieldCarrier(id: CarrierId): Promise<void> {
    this.standDown(id)
    this.#avoided.delete(keyOf(id))
  }

  async reclaimCarrier(): Promise<void> {}

  standDown(id: CarrierId): void {
    this.#avoided.add(keyOf(id))
    this.#hosts.elect()
  }

  async shutDown(): Promise<void> {
    this.isAlive = false
    this.#hosts.elect()
  }

  mayOwn(id: CarrierId): boolean {
    const isReady = this.isAlive && this.#isHealthy && this.pairs.has(id.pair)
    return isReady && !this.#avoided.has(keyOf(id))
  }

  owns(id: CarrierId): boolean {
    return this.#owned.has(keyOf(id))
  }

  become(id: CarrierId, isOwner: boolean, silenceMs: number | null): void {
    const key = keyOf(id)
    const wasOwner = this.#owned.has(key)
    if (isOwner) this.#owned.add(key)
    else this.#owned.delete(key)
    if (!this.isAlive || !this.pairs.has(id.pair) || wasOwner === isOwner) return
    const state = isOwner ? 'owner' : 'backup'
    const loss = isOwner ? null : ({ how: 'given_up', answeredMs: 0 } as const)
    this.onCarrier({ ...id, state, silenceMs: isOwner ? silenceMs : null, loss })
  }

  toString(): string {
    return `host ${this.#cluster}`
  }
}

const keyOf = ({ pair, carrier }: CarrierId) => `${pair}${carrier}`
