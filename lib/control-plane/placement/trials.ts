import type { DesiredConfig } from '#lib/protocol/desired-config.ts'

/** So long a node that has not reported a generation holds up other load balancers: one that hangs is killed after 10 s at most. Milliseconds. */
export const TRY_MAX_MS = 15_000

/** A generation that one node of a pair is sent before the other. */
export type Trial = {
  readonly nodeId: string
  readonly generation: number
  readonly revision: string
  /** Milliseconds of the monotonic clock. */
  readonly since: number
  /** What the node was sent; null until then. */
  config: DesiredConfig | null
  /** The `as_of` with which it was sent. */
  asOf?: number | undefined
}

/** The trials of all pairs: at most one for each load balancer on a pair. */
export class Trials {
  /** By load balancer, and by the number of the pair: a load balancer that moves is on two pairs. */
  readonly #all = new Map<string, Map<number, Trial>>()
  /** Those that their nodes have not reported yet, by node, oldest first. */
  readonly #open = new Map<string, Set<Trial>>()

  lbIds(): string[] {
    return [...this.#all.keys()]
  }

  of(lbId: string): Trial[] {
    return [...(this.#all.get(lbId)?.values() ?? [])]
  }

  get(lbId: string, pair: number): Trial | undefined {
    return this.#all.get(lbId)?.get(pair)
  }

  /** Replaces the former trial of the load balancer on the pair. */
  begin(lbId: string, pair: number, trial: Trial): void {
    this.drop(lbId, (_, number) => number === pair)
    const trials = this.#all.get(lbId) ?? new Map<number, Trial>()
    this.#all.set(lbId, trials.set(pair, trial))
    const open = this.#open.get(trial.nodeId) ?? new Set<Trial>()
    this.#open.set(trial.nodeId, open.add(trial))
  }

  /** The node has reported it, or the trial is void. @returns whether it was the node's last one that was open */
  close(trial: Trial): boolean {
    const open = this.#open.get(trial.nodeId)
    if (!open?.delete(trial) || open.size > 0) return false
    this.#open.delete(trial.nodeId)
    return true
  }

  /** Whether a node has an open trial that began after a time. */
  hasOpen(nodeId: string, after: number): boolean {
    for (const { since } of this.#open.get(nodeId) ?? []) if (since > after) return true
    return false
  }

  /** @returns whether a node has no open trial any more because of this */
  drop(lbId: string, isDropped: (trial: Trial, pair: number) => boolean): boolean {
    const trials = this.#all.get(lbId) ?? new Map<number, Trial>()
    let wasLast = false
    for (const [pair, trial] of trials) {
      if (!isDropped(trial, pair)) continue
      trials.delete(pair)
      if (this.close(trial)) wasLast = true
    }
    if (trials.size === 0) this.#all.delete(lbId)
    return wasLast
  }
}
