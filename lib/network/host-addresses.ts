import { inNetworks, type Networks } from '#lib/core/networks.ts'
import { vridOf } from '#lib/protocol/pair.ts'
import type { Carriers } from './carriers.ts'
import type { Fence } from './fence.ts'
import type { HostInterface } from './host-interface.ts'
import { addLoAddresses, readAddresses, removeLoAddresses } from './lo-addresses.ts'
import type { CommandBody, HostAddress } from './messages.ts'
import { carrierOf } from './pairs.ts'

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

  list(): HostAddress[] {
    return [...this.#present].map((address) => {
      const vrid = this.#parts.fence.carriers.get(address)
      return { address, carriage: vrid === undefined ? null : carrierOf(vrid) }
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
    const { fence, carriers } = this.#parts
    const carriages = new Map(wanted.map(({ address, carriage }) => [address, vrid(carriage)]))
    const added = [...carriages.keys()].filter((address) => !this.#present.has(address))
    const removed = [...this.#present].filter((address) => !carriages.has(address))
    if (added.length > 0) await this.#check(added)
    const moved = new Map(
      [...carriages].filter(([address, vrid]) => vrid !== (fence.carriers.get(address) ?? null)),
    )
    await fence.assign(moved)
    await addLoAddresses(added)
    for (const address of added) this.#present.add(address)
    await removeLoAddresses(removed)
    for (const address of removed) this.#present.delete(address)
    await fence.assign(new Map(removed.map((address) => [address, null])))
    await carriers.announce([...new Set([...added, ...moved.keys()])])
  }

  /** A planned change of hosts, or of the carrier alone. @throws Error in a sentence */
  async handOver({ side, addresses, pair, carrier, peer }: CommandBody<'hand_over'>) {
    const { fence, carriers } = this.#parts
    const vrid = vridOf(pair, carrier)
    const unknown = addresses.find((address) => !this.#present.has(address))
    if (unknown) throw new Error(`${unknown} is not an address of this host.`)
    if (side === 'relabel') {
      await fence.assign(new Map(addresses.map((address) => [address, vrid])))
      return
    }
    if (side === 'arriving' && carriers.stateOf(vrid) !== 'owner') {
      throw new Error(`This host doesn't own carrier ${carrier} of pair ${pair}.`)
    }
    const peerMac = await this.#parts.interface.macOf(peer)
    if (side === 'leaving') await fence.leave({ addresses, vrid, peerMac })
    else {
      await fence.arrive({ addresses, vrid, peerMac })
      await carriers.announce(addresses)
    }
  }

  /** Removes all addresses. */
  async remove(): Promise<void> {
    await removeLoAddresses([...this.#present])
    this.#present.clear()
  }

  async #check(addresses: readonly string[]): Promise<void> {
    const outside = addresses.find((address) => !inNetworks(address, this.#parts.networks))
    if (outside) throw new Error(`${outside} is not in the networks that HA IPs come from.`)
    const { others } = await readAddresses()
    const taken = addresses.find((address) => others.has(address))
    if (taken) throw new Error(`${taken} is an address of ${others.get(taken)} on this host.`)
  }
}

function vrid(carriage: HostAddress['carriage']): number | null {
  return carriage && vridOf(carriage.pair, carriage.carrier)
}
