import type { Fleet } from '../nodes/observed/fleet.ts'
import { Signal } from '../store/signal.ts'

/** What has come up for one reader since it was last told: ids at most, however much happens. */
export class StateChanges {
  /** Wakes the reader. */
  readonly wake = new Signal()
  /** Whether the watched load balancer's nodes have reported anything. */
  figures = false
  readonly #moved = new Set<string>()
  readonly #stops: (() => void)[]

  /** `lbId`: the one load balancer that matters, null for all. Past `max` ids, more are not kept. */
  constructor(commits: Signal, fleet: Fleet, lbId: string | null, max: number) {
    this.#stops = [
      commits.subscribe(() => this.wake.notify()),
      fleet.subscribe((id, hasMoved) => {
        if (lbId !== null && id !== lbId) return
        if (lbId !== null) this.figures = true
        if (hasMoved && this.#moved.size <= max) this.#moved.add(id)
        if (hasMoved || lbId !== null) this.wake.notify()
      }),
    ]
  }

  /** The load balancers whose state has moved, once. */
  takeMoved(): string[] {
    const ids = [...this.#moved]
    this.#moved.clear()
    return ids
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }
}
