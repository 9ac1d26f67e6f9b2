import type { LbReport } from '#lib/protocol/report.ts'
import type { ServerQueues } from '../balance/server-queues.ts'
import type { Server } from '../server.ts'
import { Counters } from './counters.ts'

type Snapshot = LbReport['backend_counters'][string]

/** What has passed over one backend: what its servers counted, and what happened on the way to them. */
export class BackendCounters {
  retries = 0
  redispatches = 0
  /** What servers counted that are no more. */
  readonly #past = new Counters()
  /** Servers that are taken out and still have connections. */
  readonly #leaving = new Set<Server>()

  /** A server is taken out: what it counts until its last connection ends still belongs here. */
  retire(server: Server): void {
    if (server.inUse > 0) this.#leaving.add(server)
    else this.#past.add(server.counters)
  }

  /** A number that grows with what is counted here alone. */
  activity({ changes: moves }: ServerQueues): number {
    return this.retries + this.redispatches + moves
  }

  snapshot(servers: readonly Server[], waiting: ServerQueues): Snapshot {
    this.#forgetLeft()
    const total = new Counters().add(this.#past)
    for (const { counters } of servers) total.add(counters)
    for (const { counters } of this.#leaving) total.add(counters)
    return {
      ...total.snapshot(),
      retries: this.retries,
      redispatches: this.redispatches,
      queue_current: waiting.length,
      queue_max: waiting.maxLength,
      queue_timeouts: waiting.timeouts,
    }
  }

  #forgetLeft(): void {
    for (const server of this.#leaving) {
      if (server.inUse > 0) continue
      this.#leaving.delete(server)
      this.#past.add(server.counters)
    }
  }
}
