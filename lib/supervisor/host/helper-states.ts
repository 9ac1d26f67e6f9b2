import type { CarrierEvent as HelperCarrierEvent, PeerEvent } from '#lib/network/messages.ts'
import type { CarrierEvent, HostNetwork } from '../address-ownership/host-network.ts'

type Listeners = Pick<HostNetwork, 'onCarrier' | 'onPeer'>

/** The last states of carriers and peers. They may arrive before the supervisor starts the pair. */
export class HelperStates {
  readonly #listeners: Listeners
  readonly #carriers = new Map<string, CarrierEvent>()
  readonly #peers = new Map<number, boolean>()

  constructor(listeners: Listeners) {
    this.#listeners = listeners
  }

  onCarrier({ pair, carrier, state, silence_ms: silenceMs, loss }: HelperCarrierEvent): void {
    const lost = loss && { how: loss.how, answeredMs: loss.answered_ms }
    const event = { pair, carrier, state, silenceMs, loss: lost }
    this.#carriers.set(`${pair}${carrier}`, event)
    this.#listeners.onCarrier(event)
  }

  onPeer({ pair, heard: isHeard }: PeerEvent): void {
    this.#peers.set(pair, isHeard)
    this.#listeners.onPeer({ pair, isHeard })
  }

  /** Repeats the states of a pair that the supervisor has just started. A takeover among them is in the past. */
  repeat(pair: number): void {
    for (const carrier of ['a', 'b'] as const) {
      const event = this.#carriers.get(`${pair}${carrier}`)
      if (event) this.#listeners.onCarrier({ ...event, silenceMs: null, loss: null })
    }
    const isHeard = this.#peers.get(pair)
    if (isHeard !== undefined) this.#listeners.onPeer({ pair, isHeard })
  }

  /** Call it when the helper disconnects. */
  clear(): void {
    this.#carriers.clear()
    this.#peers.clear()
  }
}
