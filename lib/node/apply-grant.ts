import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'

/** Changes that have just ended the region's other node, and how long this one must wait with each. */
export type Deferred = Extract<SupervisorToNode, { type: 'apply_granted' }>['deferred']

const NOTHING_DEFERRED: Deferred = []

/**
 * The permission to apply configurations, which the supervisor grants to one process of a region at a time. Without a
 * supervisor it is always granted.
 */
export class ApplyGrant {
  readonly #send: (message: NodeToSupervisor) => void
  #isAsked: boolean
  #waiting: ((deferred: Deferred) => void) | null = null

  /** @param isAsked whether there is a supervisor */
  constructor(send: (message: NodeToSupervisor) => void, isAsked: boolean) {
    this.#send = send
    this.#isAsked = isAsked
  }

  /** Resolves when it is granted. One caller at a time. */
  take(): Promise<Deferred> {
    if (!this.#isAsked) return Promise.resolve(NOTHING_DEFERRED)
    return new Promise((resolve) => {
      this.#waiting = resolve
      this.#send({ type: 'apply_request' })
    })
  }

  release(): void {
    if (this.#isAsked) this.#send({ type: 'apply_done' })
  }

  granted(deferred: Deferred): void {
    this.#waiting?.(deferred)
    this.#waiting = null
  }

  /** The supervisor has exited. */
  supervisorLost(): void {
    this.#isAsked = false
    this.granted(NOTHING_DEFERRED)
  }

  /** A new supervisor has connected. */
  supervisorReturned(): void {
    this.#isAsked = true
  }
}
