import type { CommandBody, HostAddress } from '#lib/network/messages.ts'
import type { NetworkClient } from '#lib/network/network-client.ts'
import type { HandOver } from '../address-ownership/host-network.ts'

type Changes = CommandBody<'change_addresses'>

/**
 * The HA IPs that the network helper has, so that it is sent only what differs: all of thousands keep it busy for tens of milliseconds,
 * and it runs before the proxies.
 */
export class SentAddresses {
  readonly #client: Pick<NetworkClient, 'addresses' | 'changeAddresses' | 'handOver'>
  /** The carrier of each address; null while it is not known what the helper has. */
  #carriers: Map<string, string> | null = null

  constructor(client: Pick<NetworkClient, 'addresses' | 'changeAddresses' | 'handOver'>) {
    this.#client = client
  }

  /** It is another helper. */
  forget(): void {
    this.#carriers = null
  }

  /** Has the helper have these addresses, and no others. @throws Error in words, by rejection */
  send(wanted: readonly HostAddress[]): Promise<void> {
    return this.#orForget(async () => {
      const changes = this.#changesTo(wanted)
      if (changes === null) {
        await this.#client.addresses({ set: [...wanted] })
        this.#carriers = new Map(wanted.map((one) => [one.address, keyOf(one.carriage)]))
      } else if (changes.set.length + changes.remove.length > 0) {
        await this.#client.changeAddresses(changes)
        this.#note(changes)
      }
    })
  }

  /** @returns how long it took, milliseconds. @throws Error in words, by rejection */
  handOver(handOver: HandOver): Promise<number> {
    return this.#orForget(async () => {
      const { took_ms } = await this.#client.handOver(handOver)
      const { addresses, pair, carrier } = handOver
      const carriage = pair === null ? null : { pair, carrier }
      const set = addresses.map((address) => ({ address, carriage }))
      this.#note({ set, remove: [] })
      return took_ms
    })
  }

  /** What fails may be done in part. */
  async #orForget<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      this.forget()
      throw error
    }
  }

  /** Null if the helper has to be sent all. */
  #changesTo(wanted: readonly HostAddress[]): Changes | null {
    const sent = this.#carriers
    if (!sent) return null
    const set = wanted.filter((one) => sent.get(one.address) !== keyOf(one.carriage))
    const addresses = new Set(wanted.map(({ address }) => address))
    return { set, remove: [...sent.keys()].filter((address) => !addresses.has(address)) }
  }

  #note({ set, remove }: Changes): void {
    for (const address of remove) this.#carriers?.delete(address)
    for (const { address, carriage } of set) this.#carriers?.set(address, keyOf(carriage))
  }
}

function keyOf(carriage: HostAddress['carriage']): string {
  return carriage ? `${carriage.pair}${carriage.carrier}` : ''
}
