import { setTimeout } from 'node:timers/promises'
import { inNetworks, type Networks } from '#lib/core/networks.ts'
import { NO_PEER } from '#lib/protocol/host-link.ts'
import { vridOf } from '#lib/protocol/pair.ts'
import type { Carriers } from './carriers.ts'
import { type Fence, NO_VRID } from './fence.ts'
import type { HostInterface } from './host-interface.ts'
import { addLoAddresses, otherAddresses, readAddresses, removeLoAddresses } from './lo-addresses.ts'
import type { CommandBody, HostAddress } from './messages.ts'
import { carrierOf } from './pairs.ts'

/** So many addresses are changed at once. */
const CHUNK = 100

type Parts = {
  fence: Fence
  carriers: Carriers
  interface: HostInterface
  networks: Networks
}

/** The HA IPs that this host has on its loopback interface, and the carrier that each is on. */
export class HostAddresses {
  readonly #parts: Parts
  #present = new Set<string>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Adopts the addresses that a former helper added. */
  async load(): Promise<void> {
    this.#present = (await readAddresses()).own
  }

  get present(): ReadonlySet<string> {
    return this.#present
  }

  /** Those that the supervisor has put on a carrier, or has said are open. */
  list(): HostAddress[] {
    return [...this.#present].flatMap((address) => {
      const vrid = this.#parts.fence.carriers.get(address)
      if (vrid === NO_VRID) return []
      return [{ address, carriage: vrid === undefined ? null : carrierOf(vrid) }]
    })
  }

  /** How many addresses are on a carrier. */
  count(vrid: number): number {
    return [...this.#parts.fence.carriers.values()].filter((one) => one === vrid).length
  }

  /**
   * Replaces all addresses. An address is fenced before it's added, and removed before it's no longer fenced.
   * @throws Error in a sentence
   */
  async replace(wanted: readonly HostAddress[]): Promise<void> {
    const { own, others } = await readAddresses()
    // Somebody may have removed some by hand, and a former change may have failed halfway.
    this.#present = own
    const remaining = new Set(wanted.map(({ address }) => address))
    const known = new Set([...own, ...this.#parts.fence.carriers.keys()])
    await this.#apply(
      wanted,
      [...known].filter((address) => !remaining.has(address)),
      others,
    )
  }

  /** Adds some addresses or changes their carriers, and removes others. @throws Error in a sentence */
  async change({ set, remove }: CommandBody<'change_addresses'>): Promise<void> {
    await this.#apply(set, remove, otherAddresses())
  }

  /** @param others the addresses that the helper hasn't added, and their interfaces */
  async #apply(
    wanted: readonly HostAddress[],
    removed: readonly string[],
    others: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { fence, carriers } = this.#parts
    const carriages = new Map(wanted.map(({ address, carriage }) => [address, vrid(carriage)]))
    const added = [...carriages.keys()].filter((address) => !this.#present.has(address))
    this.#check(added, others)
    const moved = new Map(
      [...carriages].filter(([address, vrid]) => vrid !== (fence.carriers.get(address) ?? null)),
    )
    const changed = [...new Set([...added, ...moved.keys()])]
    await inChunks(changed, async (chunk) => {
      await fence.assign(new Map(chunk.flatMap((address) => entryOf(moved, address))))
      await this.#add(chunk.filter((address) => !this.#present.has(address)))
      await carriers.announce(chunk)
    })
    await inChunks(removed, async (chunk) => {
      await this.#remove(chunk.filter((address) => this.#present.has(address)))
      await fence.assign(new Map(chunk.map((address) => [address, null])))
    })
  }

  /** A switchover, or a change of the carrier with the same owner. @throws Error in a sentence */
  async handOver({ side, addresses, pair, carrier, peer }: CommandBody<'hand_over'>) {
    const { fence, carriers } = this.#parts
    const vrid = pair === null ? null : vridOf(pair, carrier)
    const unknown = addresses.find((address) => !this.#present.has(address))
    if (unknown) throw new Error(`${unknown} is not an address of this host.`)
    if (side === 'relabel') {
      await this.#relabel(addresses, vrid, peer)
      return
    }
    if (side === 'arriving' && vrid !== null && carriers.stateOf(vrid) !== 'owner') {
      throw new Error(`This host doesn't own carrier ${carrier} of pair ${pair}.`)
    }
    if (side === 'arriving' && peer === NO_PEER) {
      await inChunks(addresses, async (chunk) => {
        await fence.open(chunk, vrid)
        await carriers.announce(chunk)
      })
      return
    }
    const peerMac = await this.#parts.interface.macOf(peer)
    const isElsewhere = vrid === null || !carriers.has(vrid)
    await inChunks(addresses, async (chunk) => {
      const change = { addresses: chunk, vrid, peerMac }
      if (side === 'leaving') await fence.leave({ ...change, isElsewhere })
      else {
        await fence.arrive(change)
        await carriers.announce(chunk)
      }
    })
  }

  /** @param peer the host that may announce the addresses soon, or `NO_PEER` */
  async #relabel(addresses: string[], vrid: number | null, peer: string): Promise<void> {
    const { fence, interface: hostInterface } = this.#parts
    // The peer may be away; then it announces nothing.
    const mac = peer === NO_PEER ? null : await hostInterface.macOf(peer).catch(() => null)
    if (mac !== null) await fence.expect(mac, vrid === null ? addresses : [])
    await inChunks(addresses, (chunk) =>
      vrid === null
        ? fence.takeOffCarriers(chunk)
        : fence.assign(new Map(chunk.map((address) => [address, vrid]))),
    )
  }

  /** Removes all addresses. */
  async removeAll(): Promise<void> {
    await this.#remove([...this.#present])
  }

  async #add(addresses: readonly string[]): Promise<void> {
    await addLoAddresses(addresses)
    for (const address of addresses) this.#present.add(address)
  }

  async #remove(addresses: readonly string[]): Promise<void> {
    await removeLoAddresses(addresses)
    for (const address of addresses) this.#present.delete(address)
  }

  #check(addresses: readonly string[], others: ReadonlyMap<string, string>): void {
    const outside = addresses.find((address) => !inNetworks(address, this.#parts.networks))
    if (outside) throw new Error(`${outside} is not in the networks that HA IPs come from.`)
    const taken = addresses.find((address) => others.has(address))
    if (taken) throw new Error(`${taken} is an address of ${others.get(taken)} on this host.`)
  }
}

/**
 * Works through many addresses with pauses, because the helper runs before the proxies: each chunk takes a few milliseconds, and
 * the pause after it as long.
 */
async function inChunks(
  addresses: readonly string[],
  work: (chunk: string[]) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < addresses.length; start += CHUNK) {
    const startedAt = performance.now()
    await work(addresses.slice(start, start + CHUNK))
    if (start + CHUNK < addresses.length) await setTimeout(performance.now() - startedAt)
  }
}

function entryOf<Value>(map: ReadonlyMap<string, Value>, key: string): [string, Value][] {
  const value = map.get(key)
  return value === undefined ? [] : [[key, value]]
}

function vrid(carriage: HostAddress['carriage']): number | null {
  return carriage && vridOf(carriage.pair, carriage.carrier)
}
