import { deadlines, type Expiring } from '../deadlines.ts'

/** Waits for a server that is not full. */
export interface Waiter {
  /** Takes a server if one is available now, and says whether it did. */
  tryAgain(): boolean
  /** It has waited as long as it may. */
  gaveUp(): void
}

type Place = Expiring & { waiter: Waiter }

/** Who waits for one of a backend's servers to have room, first come first served. */
export class WaitingLine {
  readonly #places = new Map<Waiter, Place>()

  /** @param timeout milliseconds until it gives up */
  join(waiter: Waiter, timeout: number): void {
    const expire = () => {
      this.leave(waiter)
      waiter.gaveUp()
    }
    const place = { waiter, deadline: performance.now() + timeout, expire }
    this.#places.set(waiter, place)
    deadlines.add(place)
  }

  leave(waiter: Waiter): void {
    const place = this.#places.get(waiter)
    if (!place) return
    this.#places.delete(waiter)
    deadlines.remove(place)
  }

  /** There may be room: lets the first ones try, until one finds none. */
  advance(): void {
    for (const waiter of this.#places.keys()) {
      if (!waiter.tryAgain()) return
      this.leave(waiter)
    }
  }
}
