import type { Failover } from '#lib/core/failover.ts'
import { contain } from '#lib/process/faults.ts'
import type { SupervisorToControlPlane } from '#lib/protocol/supervision.ts'

/** More than so many are not kept for a control plane that is away; the oldest are forgotten. */
const KEPT_MAX = 10_000
/** What fails over at once is told at once. Milliseconds. */
const GATHER_MS = 20

/** Tells the control plane what has failed over, when it is there to hear it. */
export class FailoverReports {
  readonly #send: (message: SupervisorToControlPlane) => void
  #kept: Failover[] = []
  #isThere = false
  #timer: NodeJS.Timeout | null = null

  constructor(send: (message: SupervisorToControlPlane) => void) {
    this.#send = send
  }

  note(failover: Failover): void {
    this.#kept.push(failover)
    if (this.#kept.length > KEPT_MAX) this.#kept.shift()
    if (this.#isThere) this.#timer ??= setTimeout(this.#onGathered, GATHER_MS)
  }

  /** The control plane listens from now on. */
  there(): void {
    this.#isThere = true
    this.#tell()
  }

  /** It has ended. */
  away(): void {
    this.#isThere = false
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  readonly #onGathered = contain(
    'failover report',
    () => this.#tell(),
    () => {
      this.#timer = this.#isThere ? setTimeout(this.#onGathered, GATHER_MS) : null
    },
  )

  #tell(): void {
    this.#timer = null
    if (this.#kept.length === 0) return
    this.#send({ type: 'failed_over', failovers: this.#kept })
    this.#kept = []
  }
}
