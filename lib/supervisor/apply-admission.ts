import type { Region } from '#lib/core/locality.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { Work } from '#lib/protocol/work-record.ts'
import { KILL_SPACING_MS } from './kill-spacing.ts'

/** A process of a node that applies configurations. */
export type Applier = {
  readonly node: NodeName
  readonly region: Region
  send(message: SupervisorToNode): void
}

type Queue = { holder: Applier | null; waiting: Applier[] }
type Failure = Work & Pick<Applier, 'node' | 'region'> & { at: number }

/**
 * Lets one process of a region apply configurations at a time, so that a configuration that crashes a node can't crash both. After
 * a crash, the other node defers that configuration for a minute: it serves the previous generation until the first node is back.
 */
export class ApplyAdmission {
  readonly #queues = new Map<Region, Queue>()
  #failures: Failure[] = []
  readonly #now: () => number

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Requests a grant, which is sent when earlier requests are done. Ends a grant that the process holds. */
  request(applier: Applier): void {
    const queue = this.#queueOf(applier)
    if (queue.holder === applier) queue.holder = null
    if (!queue.waiting.includes(applier)) queue.waiting.push(applier)
    this.#next(queue)
  }

  /** The process is done, or hangs: the next in the queue gets the grant. A queued request keeps its position. */
  endGrant(applier: Applier): void {
    const queue = this.#queueOf(applier)
    if (queue.holder !== applier) return
    queue.holder = null
    this.#next(queue)
  }

  /** The process has ended. */
  release(applier: Applier): void {
    const queue = this.#queueOf(applier)
    queue.waiting = queue.waiting.filter((one) => one !== applier)
    this.endGrant(applier)
  }

  /** The node's process ended while it applied this generation. Call before `release`. */
  failed({ node, region }: Pick<Applier, 'node' | 'region'>, { lb_id, generation }: Work): void {
    this.#forgetOld()
    this.#failures.push({ node, region, lb_id, generation, at: this.#now() })
  }

  #queueOf({ region }: Applier): Queue {
    const queue = this.#queues.get(region) ?? { holder: null, waiting: [] }
    this.#queues.set(region, queue)
    return queue
  }

  #next(queue: Queue): void {
    const next = queue.holder ? undefined : queue.waiting.shift()
    if (!next) return
    queue.holder = next
    next.send({ type: 'apply_granted', deferred: this.#deferredFor(next) })
  }

  #deferredFor({ node, region }: Applier) {
    this.#forgetOld()
    return this.#failures
      .filter((one) => one.node !== node && one.region === region)
      .map(({ lb_id, generation, at }) => {
        return { lb_id, generation, for_ms: Math.ceil(at + KILL_SPACING_MS - this.#now()) }
      })
  }

  #forgetOld(): void {
    this.#failures = this.#failures.filter(({ at }) => this.#now() - at < KILL_SPACING_MS)
  }
}
