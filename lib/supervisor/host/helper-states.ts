import type { CarrierEvent as HelperCarrierEvent, PeerEvent } from '#lib/network/messages.ts'
import type { CarrierEvent, HostNetwork } from '../address-ownership/host-network.ts'

type Listeners = Pick<HostNetwork, 'onCarrier' | 'onPeer'>

/** What the helper said last of carriers and peers. It may say it before the supervisor knows the pair. */
export class HelperStates {
  readonly #listeners: Listeners
  readonly #carriers = new Map<string, CarrierEvent>()
  readonly #peers = new Map<number, boolean>()

  constructor(listeners: Listeners) {
    this.#listeners = listeners
  }

  onCarrier({ pair, carrier, state, silence_ms: silenceMs }: HelperCarrierEvent): void {
    const event = { pair, carrier, state, silenceMs }
    this.#carriers.set(`${pair}${carrier}`, event)
    this.#listeners.onCarrier(event)
  }

  onPeer({ pair, heard: isHeard }: PeerEvent): void {
    this.#peers.set(pair, isHeard)
    this.#listeners.onPeer({ pair, isHeard })
  }

  /** For a pair that the supervisor has just begun to want. A takeover is none any more. */
  repeat(pair: number): void {
    for (const carrier of ['a', 'b'] as const) {
      const event = this.#carriers.get(`${pair}${carrier}`)
      if (event) this.#listeners.onCarrier({ ...event, silenceMs: null })
    }
    const isHeard = this.#peers.get(pair)
    if (isHeard !== undefined) this.#listeners.onPeer({ pair, isHeard })
  }

  /** The helper is away. */
  clear(): void {
    this.#carriers.clear()
    this.#peers.clear()
  }
}
