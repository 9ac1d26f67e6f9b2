import { contain, reportFault } from '#lib/process/faults.ts'
import { deadlines, type Expiring } from '../deadlines.ts'
import { inSlices } from '../scheduling/in-slices.ts'
import type { Server } from '../server.ts'
import { available } from './available.ts'

/** Waits for a server that is not full. */
export interface QueuedClient {
  /** The server that it sticks to; null for any. */
  stickyServer(): Server | null
  /** Takes a server if one is available. @returns whether it did */
  tryConnect(): boolean
  /** The queue timeout has passed, or no server is up. */
  reject(): void
}

type Entry = Expiring & { waiter: QueuedClient; arrival: number; server: Server | null }

/**
 * The queues of a backend: one per server for its sticky clients, and one for the others. A server's free slot goes to the
 * client that has waited longest in its queue or the common one, as in HAProxy.
 */
export class ServerQueues {
  /** The most that ever waited at a time. */
  maxLength = 0
  /** Who waited as long as they may, in vain. */
  timeouts = 0
  /** Who came and who left, together. */
  changes = 0
  #arrivals = 0
  readonly #entries = new Map<QueuedClient, Entry>()
  /** By server (null: the common queue), each in order of arrival. */
  readonly #queues = new Map<Server | null, Entry[]>()

  get length(): number {
    return this.#entries.size
  }

  /** @param timeout milliseconds until it gives up */
  add(waiter: QueuedClient, timeout: number): void {
    const expire = () => {
      this.timeouts += 1
      this.remove(waiter)
      waiter.reject()
    }
    this.#arrivals += 1
    const deadline = performance.now() + timeout
    const place = {
      waiter,
      deadline,
      expire,
      arrival: this.#arrivals,
      server: waiter.stickyServer(),
    }
    this.#entries.set(waiter, place)
    this.#enqueue(place)
    this.changes += 1
    this.maxLength = Math.max(this.maxLength, this.#entries.size)
    deadlines.add(place)
  }

  remove(waiter: QueuedClient): void {
    const place = this.#entries.get(waiter)
    if (!place) return
    this.#entries.delete(waiter)
    this.#dequeue(place)
    this.changes += 1
    deadlines.remove(place)
  }

  /** A server has free slots: serves clients that wait for it or for any. */
  dispatch(server: Server): void {
    while (this.#entries.size > 0 && available(server)) {
      const next = earlier(this.#first(server), this.#first(null))
      if (!next || !this.#retry(next)) return
    }
  }

  /** A server is down: redispatches its queue. Clients that must queue again keep their arrival and deadline. */
  redispatch(server: Server): void {
    this.#forEachQueued([...(this.#queues.get(server) ?? [])], (place) => this.#retry(place))
  }

  /** The configuration has changed: every client tries again, in order of arrival, or moves to the queue that is now its own. */
  redispatchAll(): void {
    this.#forEachQueued([...this.#entries.values()], (place) => this.#retry(place))
  }

  /** No server is up: dismisses every client, as new ones don't queue either. */
  rejectWhile(noServer: () => boolean): void {
    this.#forEachQueued([...this.#entries.values()], ({ waiter }) => {
      if (!noServer()) return
      this.remove(waiter)
      waiter.reject()
    })
  }

  #forEachQueued(places: readonly Entry[], act: (place: Entry) => void): void {
    inSlices('connection', places, (place) => {
      if (this.#entries.get(place.waiter) === place) act(place)
    })
  }

  /** @returns false if it stays where it is */
  #retry(place: Entry): boolean {
    const { waiter } = place
    const server = waiter.stickyServer()
    const mayTry = !server || available(server)
    if (mayTry && this.#tryConnect(waiter)) {
      this.remove(waiter)
      return true
    }
    if (server === place.server) return false
    this.#dequeue(place)
    place.server = server
    this.#enqueue(place)
    return true
  }

  /** A client whose try throws is dismissed. @returns whether it has left the queue */
  #tryConnect(waiter: QueuedClient): boolean {
    try {
      return waiter.tryConnect()
    } catch (fault) {
      reportFault(fault)
      this.remove(waiter)
      contain('connection', () => waiter.reject())()
      return true
    }
  }

  #first(server: Server | null): Entry | undefined {
    return this.#queues.get(server)?.[0]
  }

  #enqueue(place: Entry): void {
    const queue = this.#queues.get(place.server)
    if (queue) queue.splice(indexIn(queue, place), 0, place)
    else this.#queues.set(place.server, [place])
  }

  #dequeue(place: Entry): void {
    const queue = this.#queues.get(place.server)
    if (!queue) return
    queue.splice(indexIn(queue, place), 1)
    if (queue.length === 0) this.#queues.delete(place.server)
  }
}

function earlier(a: Entry | undefined, b: Entry | undefined): Entry | undefined {
  if (!a || !b) return a ?? b
  return a.arrival < b.arrival ? a : b
}

/** The index at which a place is, or belongs, in a queue. */
function indexIn(queue: readonly Entry[], { arrival }: Entry): number {
  let [low, high] = [0, queue.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((queue[middle]?.arrival ?? arrival) < arrival) low = middle + 1
    else high = middle
  }
  return low
}
