import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'

/** Changes that have just crashed the region's other node, and how long this one must wait with each. */
export type Deferred = Extract<SupervisorToNode, { type: 'apply_granted' }>['deferred']

const NONE: Deferred = []

/** Admission to apply configurations: the supervisor grants it to one process of a region at a time. Without one it is always granted. */
export class ApplyGrant {
  readonly #send: (message: NodeToSupervisor) => void
  #isSupervised: boolean
  #waiting: ((deferred: Deferred) => void) | null = null

  /** @param isSupervised whether there is a supervisor */
  constructor(send: (message: NodeToSupervisor) => void, isSupervised: boolean) {
    this.#send = send
    this.#isSupervised = isSupervised
  }

  /** Resolves when applying is granted. One caller at a time. */
  take(): Promise<Deferred> {
    if (!this.#isSupervised) return Promise.resolve(NONE)
    return new Promise((resolve) => {
      this.#waiting = resolve
      this.#send({ type: 'apply_request' })
    })
  }

  release(): void {
    if (this.#isSupervised) this.#send({ type: 'apply_done' })
  }

  granted(deferred: Deferred): void {
    this.#waiting?.(deferred)
    this.#waiting = null
  }

  /** The supervisor has exited. */
  supervisorLost(): void {
    this.#isSupervised = false
    this.granted(NONE)
  }

  /** A new supervisor has connected. */
  supervisorReturned(): void {
    this.#isSupervised = true
  }
}
