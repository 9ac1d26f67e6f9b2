import { randomUUID } from 'node:crypto'
import { contain } from '#lib/process/faults.ts'
import type { DesiredDraft } from '#lib/protocol/desired-config.ts'
import type { CheckReport, ConfigMessage } from '#lib/protocol/stream.ts'

/** What a node found, or why it is not known: its stream ended meanwhile, or it did not answer in time. */
export type Checked = CheckReport | 'left' | 'late'

/** A node's stream, for what is asked on it beside its load balancers. */
export class NodeStream {
  /** Something is to be said. */
  onMessage: () => void = () => {}
  readonly #messages: ConfigMessage[] = []
  readonly #asked = new Map<string, (checked: Checked) => void>()

  /** What is to be said, once. */
  take(): ConfigMessage[] {
    return this.#messages.splice(0)
  }

  /** Has the node check a draft's servers, and waits for its answer for as long as `ms`. */
  check(draft: DesiredDraft, ms: number): Promise<Checked> {
    const id = randomUUID()
    return new Promise((resolve) => {
      const done = (checked: Checked) => {
        clearTimeout(timer)
        this.#asked.delete(id)
        resolve(checked)
      }
      const late = () => done('late')
      const onLate = contain('draft check', late, late)
      const timer = setTimeout(onLate, ms)
      this.#asked.set(id, done)
      this.#messages.push({ type: 'check', id, draft })
      this.onMessage()
    })
  }

  /** The node has answered; it may not have been asked here, and nobody may be waiting for it any more. */
  answer(id: string, report: CheckReport): void {
    this.#asked.get(id)?.(report)
  }

  end(): void {
    for (const done of this.#asked.values()) done('left')
  }
}
