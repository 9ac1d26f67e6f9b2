import type { LbReport } from '#lib/protocol/report.ts'
import type { ServerQueues } from '../balance/server-queues.ts'
import type { Server } from '../server.ts'
import { Counters } from './counters.ts'

type Snapshot = LbReport['backend_counters'][string]

/** The counters of one backend: the sums of its servers, and its own. */
export class BackendCounters {
  retries = 0
  redispatches = 0
  /** The sums of removed servers. */
  readonly #past = new Counters()
  /** Removed servers that still have connections. */
  readonly #draining = new Set<Server>()

  /** A server is removed. It is included until its last connection has closed. */
  retire(server: Server): void {
    if (server.inUse > 0) this.#draining.add(server)
    else this.#past.add(server.counters)
  }

  /** A number that grows with every count of the backend itself. */
  activity({ changes: moves }: ServerQueues): number {
    return this.retries + this.redispatches + moves
  }

  snapshot(servers: readonly Server[], queues: ServerQueues): Snapshot {
    this.#sumUpDrained()
    const total = new Counters().add(this.#past)
    for (const { counters } of servers) total.add(counters)
    for (const { counters } of this.#draining) total.add(counters)
    return {
      ...total.snapshot(),
      retries: this.retries,
      redispatches: this.redispatches,
      queue_current: queues.length,
      queue_max: queues.maxLength,
      queue_timeouts: queues.timeouts,
    }
  }

  #sumUpDrained(): void {
    for (const server of this.#draining) {
      if (server.inUse > 0) continue
      this.#draining.delete(server)
      this.#past.add(server.counters)
    }
  }
}
