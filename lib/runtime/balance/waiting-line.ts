import { contain, reportFault } from '#lib/process/faults.ts'
import { deadlines, type Expiring } from '../deadlines.ts'
import { inSlices } from '../scheduling/in-slices.ts'
import type { Server } from '../server.ts'
import { available } from './available.ts'

/** Waits for a server that is not full. */
export interface Waiter {
  /** The server that it sticks to; null for any. */
  wanted(): Server | null
  /** Takes a server if one is available. @returns whether it did */
  tryAgain(): boolean
  /** The queue timeout has passed, or no server is up. */
  gaveUp(): void
}

type Place = Expiring & { waiter: Waiter; arrival: number; server: Server | null }

/**
 * The queues of a backend: one per server for its sticky clients, and one for the others. A server's free slot goes to the
 * client that has waited longest in its queue or the common one, as in HAProxy.
 */
export class WaitingLine {
  /** The most that ever waited at a time. */
  longest = 0
  /** Who waited as long as they may, in vain. */
  timeouts = 0
  /** Who came and who left, together. */
  moves = 0
  #arrivals = 0
  readonly #places = new Map<Waiter, Place>()
  /** By server (null: the common queue), each in order of arrival. */
  readonly #queues = new Map<Server | null, Place[]>()

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
    this.#arrivals += 1
    const deadline = performance.now() + timeout
    const place = { waiter, deadline, expire, arrival: this.#arrivals, server: waiter.wanted() }
    this.#places.set(waiter, place)
    this.#enqueue(place)
    this.moves += 1
    this.longest = Math.max(this.longest, this.#places.size)
    deadlines.add(place)
  }

  leave(waiter: Waiter): void {
    const place = this.#places.get(waiter)
    if (!place) return
    this.#places.delete(waiter)
    this.#dequeue(place)
    this.moves += 1
    deadlines.remove(place)
  }

  /** A server has free slots: serves clients that wait for it or for any. */
  advance(server: Server): void {
    while (this.#places.size > 0 && available(server)) {
      const next = earlier(this.#first(server), this.#first(null))
      if (!next || !this.#retry(next)) return
    }
  }

  /** A server is down: redispatches its queue. Clients that must queue again keep their arrival and deadline. */
  redistribute(server: Server): void {
    this.#forEachWaiting([...(this.#queues.get(server) ?? [])], (place) => this.#retry(place))
  }

  /** The configuration has changed: every client tries again, in order of arrival, or moves to the queue that is now its own. */
  redistributeAll(): void {
    this.#forEachWaiting([...this.#places.values()], (place) => this.#retry(place))
  }

  /** No server is up: dismisses every client, as new ones don't queue either. */
  dismissWhile(noServer: () => boolean): void {
    this.#forEachWaiting([...this.#places.values()], ({ waiter }) => {
      if (!noServer()) return
      this.leave(waiter)
      waiter.gaveUp()
    })
  }

  #forEachWaiting(places: readonly Place[], act: (place: Place) => void): void {
    inSlices('connection', places, (place) => {
      if (this.#places.get(place.waiter) === place) act(place)
    })
  }

  /** @returns false if it stays where it is */
  #retry(place: Place): boolean {
    const { waiter } = place
    const server = waiter.wanted()
    const mayTry = !server || available(server)
    if (mayTry && this.#tryAgain(waiter)) {
      this.leave(waiter)
      return true
    }
    if (server === place.server) return false
    this.#dequeue(place)
    place.server = server
    this.#enqueue(place)
    return true
  }

  /** A client whose try throws is dismissed. @returns whether it has left the queue */
  #tryAgain(waiter: Waiter): boolean {
    try {
      return waiter.tryAgain()
    } catch (fault) {
      reportFault(fault)
      this.leave(waiter)
      contain('connection', () => waiter.gaveUp())()
      return true
    }
  }

  #first(server: Server | null): Place | undefined {
    return this.#queues.get(server)?.[0]
  }

  #enqueue(place: Place): void {
    const queue = this.#queues.get(place.server)
    if (queue) queue.splice(indexIn(queue, place), 0, place)
    else this.#queues.set(place.server, [place])
  }

  #dequeue(place: Place): void {
    const queue = this.#queues.get(place.server)
    if (!queue) return
    queue.splice(indexIn(queue, place), 1)
    if (queue.length === 0) this.#queues.delete(place.server)
  }
}

function earlier(a: Place | undefined, b: Place | undefined): Place | undefined {
  if (!a || !b) return a ?? b
  return a.arrival < b.arrival ? a : b
}

/** The index at which a place is, or belongs, in a queue. */
function indexIn(queue: readonly Place[], { arrival }: Place): number {
  let [low, high] = [0, queue.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((queue[middle]?.arrival ?? arrival) < arrival) low = middle + 1
    else high = middle
  }
  return low
}
