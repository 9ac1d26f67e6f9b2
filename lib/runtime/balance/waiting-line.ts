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
  /** The most that ever waited at a time. */
  longest = 0
  /** Who waited as long as they may, in vain. */
  timeouts = 0
  /** Who came and who left, together. */
  moves = 0
  readonly #places = new Map<Waiter, Place>()

  get length(): number {
    return this.#places.size
  }

  /** @param timeout milliseconds until it gives up */
  join(waiter: Waiter, timeout: number): void {
    const expire = () => {
      this.timeouts += 1
      this.leave(waiter)
      waiter.gaveUp()
    }
    const place = { waiter, deadline: performance.now() + timeout, expire }
    this.#places.set(waiter, place)
    this.moves += 1
    this.longest = Math.max(this.longest, this.#places.size)
    deadlines.add(place)
  }

  leave(waiter: Waiter): void {
    const place = this.#places.get(waiter)
    if (!place) return
    this.#places.delete(waiter)
    this.moves += 1
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
