import { ADDRESS_SETS, AddressSets, type SetChange } from './address-sets.ts'
import { AdvertSets, type AdvertState } from './advert-sets.ts'
import type { Clocks } from './clocks.ts'
import {
  advertCommands,
  CEDED,
  FENCE_TABLE,
  HOOKED_CHAINS,
  KEPT,
  layoutChain,
  removeCommands,
  tableCommands,
} from './fence-ruleset.ts'
import type { HostInterface } from './host-interface.ts'
import type { NftSession } from './nft-session.ts'
import {
  addElements,
  chainsOf,
  deleteElements,
  mapElement,
  milliseconds,
  removeElements,
  setElements,
} from './nft-text.ts'
import type { LocalCarrier } from './pairs.ts'

/** The addresses of a switchover, their new carrier (null for none), and the other host's MAC. */
type Switchover = { addresses: readonly string[]; vrid: number | null; peerMac: string }

/** The VRID of addresses whose owner is unknown. No carrier has it, so the fence keeps them closed. */
export const NO_VRID = 255

/** Reads and changes the fence in the kernel. Each change is one transaction. */
export class Fence {
  readonly #nft: NftSession
  readonly #interface: HostInterface
  readonly #clocks: Clocks
  /** The kernel's map from each address to its carrier's VRID. */
  readonly #carriers = new Map<string, number>()
  /** The kernel's map from each address of a switchover to the other host's MAC. */
  readonly #via = new Map<string, string>()
  readonly #sets = new AddressSets()
  readonly #adverts: AdvertSets

  constructor(nft: NftSession, hostInterface: HostInterface, clocks: Clocks) {
    this.#nft = nft
    this.#interface = hostInterface
    this.#clocks = clocks
    this.#adverts = new AdvertSets((name) => this.#elements('set', name))
  }

  adverts(): Promise<AdvertState> {
    return this.#adverts.read()
  }

  /** For how long adverts of a carrier have left without a pause of a lease. Milliseconds; null while none do. */
  openMs(vrid: number): Promise<number | null> {
    return this.#adverts.openMs(vrid)
  }

  /**
   * Adopts the tables that the previous helper loaded, or loads them. Tables of another version are replaced, except for the map of
   * addresses. Then the addresses are closed until the next advert leaves.
   * @param present the addresses on this host; the owner of those that the map lacks is unknown, so they are closed
   */
  async load(carriers: readonly LocalCarrier[], present: Iterable<string>): Promise<void> {
    const elements = async (name: string) =>
      (await this.#has(`map ${FENCE_TABLE} ${name}`)) ? this.#elements('map', name) : []
    for (const [address = '', mark] of await elements('carrier')) {
      this.#carriers.set(address, Number(mark))
    }
    if (await this.#isComplete()) {
      for (const [address = '', mac = ''] of await elements('via')) this.#via.set(address, mac)
      for (const set of ADDRESS_SETS) {
        const members = await this.#elements('set', set)
        this.#sets.load(
          set,
          members.map(([address = '', left = '']) => [address, milliseconds(left)]),
        )
      }
      return
    }
    for (const address of present) {
      if (!this.#carriers.has(address)) this.#carriers.set(address, NO_VRID)
    }
    await this.#replace(carriers)
  }

  /**
   * Loads the tables again if another program has removed one: `systemctl restart nftables` flushes the whole ruleset.
   * @returns whether one was missing
   */
  async repair(carriers: readonly LocalCarrier[]): Promise<boolean> {
    if (await this.#isComplete()) return false
    await this.#replace(carriers)
    return true
  }

  async #isComplete(): Promise<boolean> {
    const { name, mac } = this.#interface
    const wanted = [`${FENCE_TABLE} ${layoutChain(name, mac, this.#clocks)}`, ...HOOKED_CHAINS]
    // Lists only chains: before any other listing nft reads all addresses, which takes 10 ms of CPU time.
    const listings = ['list chains netdev', 'list chains ip'].map((query) => this.#nft.run(query))
    const found = chainsOf((await Promise.all(listings)).join(''))
    return wanted.every((chain) => found.has(chain))
  }

  async #replace(carriers: readonly LocalCarrier[]): Promise<void> {
    const { name, mac } = this.#interface
    this.#via.clear()
    this.#sets.clear()
    await this.#nft.run(
      ...tableCommands(name, mac, this.#clocks),
      ...advertCommands(carriers, this.#clocks),
      ...addElements('carrier', [...this.#carriers].map(mapElement)),
    )
  }

  async remove(): Promise<void> {
    await this.#nft.run(...removeCommands())
  }

  /** Replaces the carriers whose adverts the fence follows. */
  async setCarriers(carriers: readonly LocalCarrier[]): Promise<void> {
    await this.#nft.run(...advertCommands(carriers, this.#clocks))
  }

  /** The VRID of each address that has a carrier. */
  get carriers(): ReadonlyMap<string, number> {
    return this.#carriers
  }

  /** Assigns addresses to carriers (VRIDs). Null removes an address from the fence: then it's always open. */
  async assign(changes: ReadonlyMap<string, number | null>): Promise<void> {
    const forgotten = [...changes].filter(([, vrid]) => vrid === null).map(([address]) => address)
    const removed = ADDRESS_SETS.map((set) => ({ set, remove: forgotten }))
    const commands = [
      ...this.#assignCommands(changes),
      ...this.#deleteVia(forgotten),
      ...this.#sets.commands(removed),
    ]
    if (commands.length === 0) return
    await this.#nft.run(...commands)
    this.#remember(changes)
    this.#sets.note(removed)
    for (const address of forgotten) this.#via.delete(address)
  }

  /** Opens addresses on this host, and forwards packets of unknown connections to the former owner. */
  async arrive(switchover: Switchover): Promise<void> {
    const { addresses } = switchover
    // If an address left within the last hour, this host may not track all its connections to it.
    const tracked = addresses.filter(
      (address) => !this.#sets.mayHave('leaving', address) || this.#sets.has('tracked', address),
    )
    const changes: SetChange[] = [
      { set: 'leaving', remove: addresses },
      { set: 'elsewhere', remove: addresses },
      { set: 'arriving', put: addresses },
      { set: 'tracked', put: tracked },
    ]
    await this.#change(switchover, changes, removeElements('ceded', addresses))
  }

  /** Opens addresses on this host that no other host has, so nothing is forwarded. */
  async open(addresses: readonly string[], vrid: number | null): Promise<void> {
    const changes = new Map(addresses.map((address) => [address, vrid]))
    const left: SetChange[] = [{ set: 'leaving', remove: addresses }]
    await this.#nft.run(
      ...this.#assignCommands(changes),
      ...this.#sets.commands(left),
      ...removeElements('ceded', addresses),
    )
    this.#remember(changes)
    this.#sets.note(left)
  }

  /**
   * Lets a host outside this host's pairs announce addresses by ARP: a switchover to it is about to begin.
   * @param alone addresses among them that are on no carrier
   */
  async expect(mac: string, alone: readonly string[] = []): Promise<void> {
    await this.#nft.run(
      ...addElements('peers', [`${mac} timeout ${KEPT}`]),
      ...replaceElements('expected', alone, CEDED),
    )
  }

  /** Takes addresses off their carriers: they're open. Packets of unknown connections are still forwarded. */
  async takeOffCarriers(addresses: readonly string[]): Promise<void> {
    const changes = new Map(addresses.map((address) => [address, null]))
    const commands = this.#assignCommands(changes)
    if (commands.length > 0) await this.#nft.run(...commands)
    this.#remember(changes)
  }

  /**
   * Closes addresses on this host except for connections in progress, and forwards new connections to the new owner.
   * @param isElsewhere whether the new owner is not in a pair with this host, which then doesn't hear its adverts
   */
  async leave(switchover: Switchover & { isElsewhere: boolean }): Promise<void> {
    const { addresses, isElsewhere } = switchover
    await this.#change(switchover, [
      { set: 'arriving', remove: addresses },
      { set: 'elsewhere', [isElsewhere ? 'put' : 'remove']: addresses },
      { set: 'leaving', put: addresses },
    ])
  }

  /**
   * Stops forwarding packets of unknown connections to a peer that is dead: the kernel resets these connections instead. From now on
   * this host doesn't track the connections of these addresses.
   */
  async forgetPeer(vrids: readonly number[]): Promise<void> {
    const addresses = [...this.#via.keys()].filter((address) =>
      vrids.includes(this.#carriers.get(address) ?? 0),
    )
    const changes: SetChange[] = [
      { set: 'arriving', remove: addresses },
      { set: 'tracked', remove: addresses },
    ]
    const commands = this.#sets.commands(changes)
    if (commands.length === 0) return
    await this.#nft.run(...commands)
    this.#sets.note(changes)
  }

  /** Addresses that the other host has announced within the last 30 seconds. */
  async ceded(): Promise<ReadonlySet<string>> {
    return new Set((await this.#elements('set', 'ceded')).map(([address = '']) => address))
  }

  async #change(
    { addresses, vrid, peerMac }: Switchover,
    sets: readonly SetChange[],
    more: readonly string[] = [],
  ): Promise<void> {
    const changes = new Map(addresses.map((address) => [address, vrid]))
    const rerouted = addresses.filter((address) => this.#via.get(address) !== peerMac)
    await this.#nft.run(
      ...this.#assignCommands(changes),
      ...this.#deleteVia(rerouted),
      ...addElements(
        'via',
        rerouted.map((address) => mapElement([address, peerMac])),
      ),
      ...addElements('peers', [`${peerMac} timeout ${KEPT}`]),
      ...this.#sets.commands(sets),
      ...more,
    )
    this.#remember(changes)
    this.#sets.note(sets)
    for (const address of addresses) this.#via.set(address, peerMac)
  }

  #assignCommands(changes: ReadonlyMap<string, number | null>): string[] {
    const moved = [...changes].filter(([address, vrid]) => this.#carriers.get(address) !== vrid)
    const former = moved.flatMap(([address]) => {
      const vrid = this.#carriers.get(address)
      return vrid === undefined ? [] : [[address, vrid] as const]
    })
    const added = moved.filter(([, vrid]) => vrid !== null)
    return [...deleteElements('carrier', former), ...addElements('carrier', added.map(mapElement))]
  }

  #deleteVia(addresses: readonly string[]): string[] {
    const elements = addresses.flatMap((address) => {
      const mac = this.#via.get(address)
      return mac === undefined ? [] : [[address, mac] as const]
    })
    return deleteElements('via', elements)
  }

  #remember(changes: ReadonlyMap<string, number | null>): void {
    for (const [address, vrid] of changes) {
      if (vrid === null) this.#carriers.delete(address)
      else this.#carriers.set(address, vrid)
    }
  }

  async #has(what: string): Promise<boolean> {
    try {
      await this.#nft.run(`list ${what}`)
      return true
    } catch (error) {
      if (/No such file or directory/.test((error as Error).message)) return false
      throw error
    }
  }

  async #elements(kind: 'set' | 'map', name: string): Promise<string[][]> {
    return setElements(await this.#nft.run(`list ${kind} ${FENCE_TABLE} ${name}`))
  }
}

/** Adds elements, or restarts their timeouts. */
function replaceElements(set: string, addresses: readonly string[], timeout = KEPT): string[] {
  const elements = addresses.map((address) => `${address} timeout ${timeout}`)
  return [...removeElements(set, addresses), ...addElements(set, elements)]
}
