import { contain, reportFault } from '#lib/process/faults.ts'
import { deadlines, type Expiring } from '../deadlines.ts'
import { inSlices } from '../scheduling/in-slices.ts'
import type { Server } from '../server.ts'
import { available } from './policy.ts'

/** A client that waits for a server with a free slot. */
export interface QueuedClient {
  /** The server that the client sticks to; null for any. */
  stickyServer(): Server | null
  /** Connects to a server if one is available. @returns whether one was */
  tryConnect(): boolean
  /** The queue timeout has passed, or no server is up. */
  reject(): void
}

type Entry = Expiring & { client: QueuedClient; arrival: number; server: Server | null }

/**
 * The queues of a backend: one per server for its sticky clients, and a common one for all others. A server's free slot goes to the
 * client that has waited longest in either, as in HAProxy.
 */
export class ServerQueues {
  /** The highest number of queued clients so far. */
  maxLength = 0
  /** Clients whose queue timeout passed. */
  timeouts = 0
  /** Clients that joined, plus clients that left. */
  changes = 0
  #arrivals = 0
  readonly #entries = new Map<QueuedClient, Entry>()
  /** By server (null: the common queue), each in order of arrival. */
  readonly #queues = new Map<Server | null, Entry[]>()

  get length(): number {
    return this.#entries.size
  }

  /** @param timeout the queue timeout, milliseconds */
  add(client: QueuedClient, timeout: number): void {
    const expire = () => {
      this.timeouts += 1
      this.remove(client)
      client.reject()
    }
    this.#arrivals += 1
    const deadline = performance.now() + timeout
    const entry = {
      client,
      deadline,
      expire,
      arrival: this.#arrivals,
      server: client.stickyServer(),
    }
    this.#entries.set(client, entry)
    this.#enqueue(entry)
    this.changes += 1
    this.maxLength = Math.max(this.maxLength, this.#entries.size)
    deadlines.add(entry)
  }

  remove(client: QueuedClient): void {
    const entry = this.#entries.get(client)
    if (!entry) return
    this.#entries.delete(client)
    this.#dequeue(entry)
    this.changes += 1
    deadlines.remove(entry)
  }

  /** A server has free slots: connects clients that wait for it or for any server. */
  dispatch(server: Server): void {
    while (this.#entries.size > 0 && available(server)) {
      const next = earlier(this.#first(server), this.#first(null))
      if (!next || !this.#retry(next)) return
    }
  }

  /** Redispatches the queue of a server that is down. Clients that must queue again keep their arrival and deadline. */
  redispatch(server: Server): void {
    this.#forEachQueued([...(this.#queues.get(server) ?? [])], (entry) => this.#retry(entry))
  }

  /** Redispatches all clients in order of arrival, after a change of the configuration. */
  redispatchAll(): void {
    this.#forEachQueued([...this.#entries.values()], (entry) => this.#retry(entry))
  }

  /** Rejects all clients, one after the other, for as long as no server is up. */
  rejectWhile(noServer: () => boolean): void {
    this.#forEachQueued([...this.#entries.values()], ({ client }) => {
      if (!noServer()) return
      this.remove(client)
      client.reject()
    })
  }

  #forEachQueued(entries: readonly Entry[], act: (entry: Entry) => void): void {
    inSlices('connection', entries, (entry) => {
      if (this.#entries.get(entry.client) === entry) act(entry)
    })
  }

  /** Connects a client, or moves it to the queue that it now belongs to. @returns false if it stays in its queue */
  #retry(entry: Entry): boolean {
    const { client } = entry
    const server = client.stickyServer()
    const mayConnect = !server || available(server)
    if (mayConnect && this.#tryConnect(client)) {
      this.remove(client)
      return true
    }
    if (server === entry.server) return false
    this.#dequeue(entry)
    entry.server = server
    this.#enqueue(entry)
    return true
  }

  /** A client whose attempt throws is rejected. @returns whether it has left the queue */
  #tryConnect(client: QueuedClient): boolean {
    try {
      return client.tryConnect()
    } catch (fault) {
      reportFault(fault)
      this.remove(client)
      contain('connection', () => client.reject())()
      return true
    }
  }

  #first(server: Server | null): Entry | undefined {
    return this.#queues.get(server)?.[0]
  }

  #enqueue(entry: Entry): void {
    const queue = this.#queues.get(entry.server)
    if (queue) queue.splice(indexIn(queue, entry), 0, entry)
    else this.#queues.set(entry.server, [entry])
  }

  #dequeue(entry: Entry): void {
    const queue = this.#queues.get(entry.server)
    if (!queue) return
    queue.splice(indexIn(queue, entry), 1)
    if (queue.length === 0) this.#queues.delete(entry.server)
  }
}

function earlier(a: Entry | undefined, b: Entry | undefined): Entry | undefined {
  if (!a || !b) return a ?? b
  return a.arrival < b.arrival ? a : b
}

/** The index of an entry in a queue, or the index at which to insert it. */
function indexIn(queue: readonly Entry[], { arrival }: Entry): number {
  let [low, high] = [0, queue.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((queue[middle]?.arrival ?? arrival) < arrival) low = middle + 1
    else high = middle
  }
  return low
}
