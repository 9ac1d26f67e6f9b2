import type { DesiredDraft } from '#lib/protocol/desired-config.ts'
import type { CheckReport } from '#lib/protocol/stream.ts'
import { startCheck } from './start-check.ts'

/** Checks that run at once, of all drafts together: the connections that they may take from the traffic. */
const AT_ONCE = 200

type Checked = CheckReport['servers'][number]

/** Checks the servers of backends that are not saved: each once, and nothing of it is kept. */
export class DraftChecks {
  readonly #atOnce: number
  readonly #waiting: (() => void)[] = []
  readonly #cancels = new Set<() => void>()

  constructor(atOnce = AT_ONCE) {
    this.#atOnce = atOnce
  }

  /** What each server's check found, but for those that this node had no room to check. */
  async run(draft: DesiredDraft): Promise<CheckReport> {
    const checked = await Promise.all(draft.servers.map((address) => this.#check(address, draft)))
    return { servers: checked.filter((one) => one !== null) }
  }

  /** Ends what runs and what waits, silently. */
  stop(): void {
    this.#waiting.length = 0
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
  }

  #check(address: string, draft: DesiredDraft): Promise<Checked | null> {
    return new Promise((resolve) => {
      const start = () => {
        const startedAt = performance.now()
        const cancel = startCheck(address, draft, (outcome) => {
          this.#cancels.delete(cancel)
          this.#waiting.shift()?.()
          const latency = Math.round((performance.now() - startedAt) * 10) / 10
          resolve(
            outcome && { address, up: outcome.passed, reason: outcome.words, latency_ms: latency },
          )
        })
        this.#cancels.add(cancel)
      }
      if (this.#cancels.size < this.#atOnce) start()
      else this.#waiting.push(start)
    })
  }
}
