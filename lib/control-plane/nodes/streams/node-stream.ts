import { randomUUID } from 'node:crypto'
import { contain } from '#lib/process/faults.ts'
import type { DesiredDraft } from '#lib/protocol/desired-config.ts'
import type { CheckReport, ConfigMessage } from '#lib/protocol/stream.ts'

/** The outcome of a draft check on one node. */
export type DraftCheckOutcome = CheckReport | 'disconnected' | 'timeout'

/** A worker's open stream: messages for it other than configurations, which are draft checks. */
export class NodeStream {
  /** Called when there is a message to take. */
  onMessage: () => void = () => {}
  readonly #messages: ConfigMessage[] = []
  readonly #checks = new Map<string, (outcome: DraftCheckOutcome) => void>()

  /** Removes and returns the messages to send. */
  take(): ConfigMessage[] {
    return this.#messages.splice(0)
  }

  /** Has the node check a draft's servers. Resolves after `timeoutMs` at the latest. */
  check(draft: DesiredDraft, timeoutMs: number): Promise<DraftCheckOutcome> {
    const id = randomUUID()
    return new Promise((resolve) => {
      const settle = (outcome: DraftCheckOutcome) => {
        clearTimeout(timer)
        this.#checks.delete(id)
        resolve(outcome)
      }
      const timeOut = () => settle('timeout')
      const onTimeout = contain('draft check', timeOut, timeOut)
      const timer = setTimeout(onTimeout, timeoutMs)
      this.#checks.set(id, settle)
      this.#messages.push({ type: 'check', id, draft })
      this.onMessage()
    })
  }

  /** Settles a check. One that has timed out, or was requested on another stream, is ignored. */
  receive(checkId: string, report: CheckReport): void {
    this.#checks.get(checkId)?.(report)
  }

  /** The worker has disconnected. */
  close(): void {
    for (const settle of this.#checks.values()) settle('disconnected')
  }
}
