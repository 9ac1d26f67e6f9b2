/** What is remembered of a load balancer from one report to the next. Times are of `performance.now()`. */
export type LbLifecycle = {
  /** When it was created or restored; -Infinity if that was before this control plane started. */
  createdAt: number
  /** When an instance was last seen to serve; null if none has been. */
  servedAt: number | null
  /** Whether both instances have had it at the same time, and one of them served. */
  wasReady: boolean
}

const UNKNOWN: LbLifecycle = {
  createdAt: Number.NEGATIVE_INFINITY,
  servedAt: null,
  wasReady: false,
}

export class LbLifecycles {
  readonly #byLb = new Map<string, LbLifecycle>()

  of(lbId: string): LbLifecycle {
    return this.#byLb.get(lbId) ?? UNKNOWN
  }

  noteCreated(lbId: string): void {
    this.#update(lbId, { createdAt: performance.now() })
  }

  noteServing(lbId: string): void {
    this.#update(lbId, { servedAt: performance.now() })
  }

  noteReady(lbId: string): void {
    this.#update(lbId, { wasReady: true })
  }

  forget(lbId: string): void {
    this.#byLb.delete(lbId)
  }

  #update(lbId: string, changes: Partial<LbLifecycle>): void {
    this.#byLb.set(lbId, { ...this.of(lbId), ...changes })
  }
}
