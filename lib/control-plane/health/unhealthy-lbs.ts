import { foldCase } from '#lib/core/fold-case.ts'
import { LB_HEALTH_STATES, type LbHealthState } from '#lib/core/lb-health-states.ts'
import type { Region } from '#lib/core/locality.ts'

/** A load balancer that is not healthy, with what lists sort and filter by. */
export type UnhealthyLb = {
  id: string
  region: Region
  state: Exclude<LbHealthState, 'healthy'>
  foldedName: string
}

/** The load balancers that are not healthy, kept sorted: a change moves one of them, however many there are. */
export class UnhealthyLbs {
  readonly #byId = new Map<string, UnhealthyLb>()
  readonly #sorted: UnhealthyLb[] = []

  set(lb: { id: string; name: string; region: Region }, state: LbHealthState): void {
    if (state === 'healthy') {
      this.delete(lb.id)
      return
    }
    const { id, name, region } = lb
    const before = this.#byId.get(id)
    const foldedName = foldCase(name)
    if (before?.state === state && before.foldedName === foldedName) return
    this.delete(id)
    const unhealthy = { id, region, state, foldedName }
    this.#byId.set(id, unhealthy)
    this.#sorted.splice(this.#indexOf(unhealthy), 0, unhealthy)
  }

  delete(id: string): void {
    const unhealthy = this.#byId.get(id)
    if (!unhealthy) return
    this.#byId.delete(id)
    this.#sorted.splice(this.#indexOf(unhealthy), 1)
  }

  /** Worst first; those of equal health by name. */
  get worstFirst(): readonly UnhealthyLb[] {
    return this.#sorted
  }

  /** Where it is, or where it belongs. */
  #indexOf(unhealthy: UnhealthyLb): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compare(this.#sorted[middle] as UnhealthyLb, unhealthy) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

const RANKS = new Map<LbHealthState, number>(
  LB_HEALTH_STATES.map((state, rank) => [state, rank] as const),
)

function compare(one: UnhealthyLb, other: UnhealthyLb): number {
  return (
    (RANKS.get(one.state) ?? 0) - (RANKS.get(other.state) ?? 0) ||
    compareText(one.foldedName, other.foldedName) ||
    compareText(one.id, other.id)
  )
}

const compareText = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)
