import type { Failover } from '#lib/core/failover.ts'
import { contain } from '#lib/process/faults.ts'
import type { LostLb } from '#lib/protocol/host-link.ts'
import type { SupervisorToControlPlane } from '#lib/protocol/supervision.ts'

/** Failovers that are buffered while the control plane is down; beyond that, the oldest are dropped. */
const BUFFER_MAX = 10_000
/** Failovers within this time are sent in one message. Milliseconds. */
const BATCH_MS = 20

/** Sends failovers to the control plane, and buffers them while it is down. */
export class FailoverReports {
  readonly #send: (message: SupervisorToControlPlane) => void
  #buffer: Failover[] = []
  #lost: LostLb[] = []
  #isConnected = false
  #timer: NodeJS.Timeout | null = null

  constructor(send: (message: SupervisorToControlPlane) => void) {
    this.#send = send
  }

  add(failover: Failover): void {
    this.#buffer.push(failover)
    if (this.#buffer.length > BUFFER_MAX) this.#buffer.shift()
    this.#sendSoon()
  }

  /** This machine has lost load balancers to other hosts. */
  addLost(lbs: readonly LostLb[]): void {
    this.#lost = [...this.#lost, ...lbs].slice(-BUFFER_MAX)
    this.#sendSoon()
  }

  #sendSoon(): void {
    if (this.#isConnected) this.#timer ??= setTimeout(this.#onBatch, BATCH_MS)
  }

  /** The control plane is ready. */
  connected(): void {
    this.#isConnected = true
    this.#flush()
  }

  /** The control plane has ended. */
  disconnected(): void {
    this.#isConnected = false
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  readonly #onBatch = contain(
    'failover report',
    () => this.#flush(),
    () => {
      this.#timer = this.#isConnected ? setTimeout(this.#onBatch, BATCH_MS) : null
    },
  )

  #flush(): void {
    this.#timer = null
    if (this.#buffer.length === 0 && this.#lost.length === 0) return
    this.#send({ type: 'failed_over', failovers: this.#buffer, lost: this.#lost })
    this.#buffer = []
    this.#lost = []
  }
}
