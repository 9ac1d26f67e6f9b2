import type { DesiredDraft } from '#lib/protocol/desired-config.ts'
import type { CheckReport } from '#lib/protocol/stream.ts'
import { startCheck } from './start-check.ts'

/** Concurrent checks of all drafts together, so that they leave connections for the traffic. */
const CONCURRENT_MAX = 200

type ServerResult = CheckReport['servers'][number]

/** Draft checks: checks each server of an unsaved backend once, and keeps no result. */
export class DraftChecks {
  readonly #concurrentMax: number
  readonly #waiting: (() => void)[] = []
  readonly #cancels = new Set<() => void>()

  constructor(concurrentMax = CONCURRENT_MAX) {
    this.#concurrentMax = concurrentMax
  }

  /** Resolves with each server's result. Servers that this node had no file descriptor for are left out. */
  async run(draft: DesiredDraft): Promise<CheckReport> {
    const results = await Promise.all(draft.servers.map((address) => this.#check(address, draft)))
    return { servers: results.filter((one) => one !== null) }
  }

  /** Cancels running and waiting checks. Their promises never resolve. */
  stop(): void {
    this.#waiting.length = 0
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }

  #check(address: string, draft: DesiredDraft): Promise<ServerResult | null> {
    return new Promise((resolve) => {
      const start = () => {
        const startedAt = performance.now()
        const cancel = startCheck(address, draft, (result) => {
          this.#cancels.delete(cancel)
          this.#waiting.shift()?.()
          const latency = Math.round((performance.now() - startedAt) * 10) / 10
          resolve(
            result && { address, up: result.passed, reason: result.reason, latency_ms: latency },
          )
        })
        this.#cancels.add(cancel)
      }
      if (this.#cancels.size < this.#concurrentMax) start()
      else this.#waiting.push(start)
    })
  }
}
