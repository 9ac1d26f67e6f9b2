import type { Fleet } from '../nodes/observed/fleet.ts'

/** What has changed in the observed state since a reader last took it. Holds a bounded number of ids. */
export class StateChanges {
  /** Whether nodes have sent a report about the watched load balancer. */
  reported = false
  /** Whether nodes have connected, disconnected or changed their host's state. */
  nodesChanged = false
  readonly #changed = new Set<string>()
  /** Ends the subscription. */
  readonly stop: () => void

  /**
   * @param lbId the watched load balancer; null for all
   * @param max further ids are dropped, because the reader reads everything again
   * @param onChange called when the reader has something to take
   */
  constructor(fleet: Fleet, lbId: string | null, max: number, onChange: () => void) {
    const unsubscribe = fleet.subscribe((id, priority) => {
      if (lbId !== null && id !== lbId) return
      if (lbId !== null) this.reported = true
      const hasChanged = priority === 'immediate'
      if (hasChanged && this.#changed.size <= max) this.#changed.add(id)
      if (hasChanged || lbId !== null) onChange()
    })
    const unsubscribeNodes = fleet.nodeChanges.subscribe(() => {
      this.nodesChanged = true
      onChange()
    })
    this.stop = () => {
      unsubscribe()
      unsubscribeNodes()
    }
  }

  /** The load balancers that have changed. Each change is returned once. */
  takeChanged(): string[] {
    const ids = [...this.#changed]
    this.#changed.clear()
    return ids
  }
}
