import type { NodeToSupervisor, SupervisorToNode } from '#lib/config/supervision.ts'

/** Changes that have just ended the region's other node, and how long this one is to wait with them. */
export type Deferred = Extract<SupervisorToNode, { type: 'apply_granted' }>['deferred']

const NOTHING_DEFERRED: Deferred = []

/**
 * This process's turn to apply configurations: the supervisor gives it to one process of a region at a time. Without a
 * supervisor nobody is asked.
 */
export class ApplyTurn {
  readonly #send: (message: NodeToSupervisor) => void
  #isAsked: boolean
  #waiting: ((deferred: Deferred) => void) | null = null

  /** @param isAsked whether there is a supervisor to be asked */
  constructor(send: (message: NodeToSupervisor) => void, isAsked: boolean) {
    this.#send = send
    this.#isAsked = isAsked
  }

  /** Resolves when it has the turn. One caller at a time. */
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

  /** The supervisor has gone. */
  supervisorLost(): void {
    this.#isAsked = false
    this.granted(NOTHING_DEFERRED)
  }

  /** Another one is there. */
  supervisorReturned(): void {
    this.#isAsked = true
  }
}
