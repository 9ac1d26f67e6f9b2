import { type NodeName, nodePlace } from '#lib/config/stream.ts'
import type { SupervisorToNode } from '#lib/config/supervision.ts'
import type { Work } from '#lib/config/work-record.ts'
import type { Region } from '#lib/core/locality.ts'
import { KILL_SPACING_MS } from './kill-spacing.ts'

/** A process of a node that applies configurations. */
export type Applier = { readonly name: NodeName; send(message: SupervisorToNode): void }

type Turn = { holder: Applier | null; waiting: Applier[] }
type Failure = Work & { node: NodeName; at: number }

/**
 * Lets one process of a region apply configurations at a time, so that a configuration that ends the process which
 * applies it does not take both nodes. What has ended one node while it was applied, the other does not apply for a minute:
 * it goes on with the generation before, and can be ended by it only when its region's first node is back.
 */
export class ApplyAdmission {
  readonly #turns = new Map<Region, Turn>()
  #failures: Failure[] = []
  readonly #now: () => number

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Grants it at once, or when those before it are done. Who asks has none, whatever was granted before. */
  request(applier: Applier): void {
    const turn = this.#turnOf(applier.name)
    if (turn.holder === applier) turn.holder = null
    if (!turn.waiting.includes(applier)) turn.waiting.push(applier)
    this.#next(turn)
  }

  /** It has applied what it had. Where it hangs the others go on without it, and if it waits, it keeps its place. */
  pass(applier: Applier): void {
    const turn = this.#turnOf(applier.name)
    if (turn.holder !== applier) return
    turn.holder = null
    this.#next(turn)
  }

  /** It has ended. */
  release(applier: Applier): void {
    const turn = this.#turnOf(applier.name)
    turn.waiting = turn.waiting.filter((one) => one !== applier)
    this.pass(applier)
  }

  /** A process ended while it applied this. To be told before it is released. */
  failed(node: NodeName, { lb_id, generation }: Work): void {
    this.#forgetOld()
    this.#failures.push({ node, lb_id, generation, at: this.#now() })
  }

  #turnOf(node: NodeName): Turn {
    const { region } = nodePlace(node)
    const turn = this.#turns.get(region) ?? { holder: null, waiting: [] }
    this.#turns.set(region, turn)
    return turn
  }

  #next(turn: Turn): void {
    const next = turn.holder ? undefined : turn.waiting.shift()
    if (!next) return
    turn.holder = next
    next.send({ type: 'apply_granted', deferred: this.#deferredFor(next.name) })
  }

  #deferredFor(node: NodeName) {
    this.#forgetOld()
    const { region } = nodePlace(node)
    return this.#failures
      .filter((one) => one.node !== node && nodePlace(one.node).region === region)
      .map(({ lb_id, generation, at }) => {
        return { lb_id, generation, for_ms: Math.ceil(at + KILL_SPACING_MS - this.#now()) }
      })
  }

  #forgetOld(): void {
    this.#failures = this.#failures.filter(({ at }) => this.#now() - at < KILL_SPACING_MS)
  }
}
