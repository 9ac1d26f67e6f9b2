/** What is remembered of a load balancer from one report to the next. Times are of `performance.now()`. */
export type LbLifecycle = {
  /** When it was created or restored, or first seen if another control plane did that; -Infinity if that was before this control plane started. */
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
  /** Those of before this process started; null if only this process creates some. */
  #existing: Set<string> | null = null

  /** Other control planes create load balancers too: those that are not among these are new. */
  noteExisting(lbIds: readonly string[]): void {
    this.#existing = new Set(lbIds)
  }

  of(lbId: string): LbLifecycle {
    const known = this.#byLb.get(lbId)
    if (known) return known
    const isNew = this.#existing && !this.#existing.has(lbId)
    if (!isNew) return UNKNOWN
    const created = { ...UNKNOWN, createdAt: performance.now() }
    this.#byLb.set(lbId, created)
    return created
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
    this.#existing?.delete(lbId)
  }

  #update(lbId: string, changes: Partial<LbLifecycle>): void {
    this.#byLb.set(lbId, { ...this.of(lbId), ...changes })
  }
}
