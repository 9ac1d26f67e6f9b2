import type { Logger } from 'pino'
import { contain, detach } from '#lib/process/faults.ts'
import type { ConfigMessage } from '#lib/protocol/stream.ts'
import type { ApplyGrant, Deferred } from './apply-grant.ts'

/** How long a grant is used before another process of the region gets one. Milliseconds. */
const GRANT_MS = 100

/** A message that changes what the node runs. */
export type Change = Extract<ConfigMessage, { type: 'apply' | 'remove' }>

/** The changes that wait for the supervisor's grant, in order of arrival and one for each load balancer. */
export class ChangeQueue {
  readonly #grant: ApplyGrant
  readonly #carryOut: (change: Change) => void | Promise<void>
  readonly #log: Logger
  #changes: Change[] = []
  #isRunning = false
  /** The load balancer whose change is being carried out. */
  #current: string | null = null
  /** Timers of changes that have just crashed the region's other node, by load balancer. */
  readonly #deferred = new Map<string, NodeJS.Timeout>()

  /** @param carryOut carries out one change; the next one waits for it */
  constructor(grant: ApplyGrant, carryOut: (change: Change) => void | Promise<void>, log: Logger) {
    this.#grant = grant
    this.#carryOut = carryOut
    this.#log = log
  }

  /** Replaces a queued or deferred change of the same load balancer. */
  push(change: Change): void {
    const id = lbOf(change)
    clearTimeout(this.#deferred.get(id))
    this.#deferred.delete(id)
    this.#changes = this.#changes.filter((other) => lbOf(other) !== id)
    this.#changes.push(change)
    if (!this.#isRunning) detach('configuration', () => this.#run())
  }

  /** The load balancers whose changes are not carried out yet, or are being carried out. */
  pending(): string[] {
    const running = this.#current ? [this.#current] : []
    return [...running, ...this.#changes.map(lbOf), ...this.#deferred.keys()]
  }

  /** Drops all changes. */
  stop(): void {
    for (const timer of this.#deferred.values()) clearTimeout(timer)
    this.#changes = []
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      while (this.#changes.length > 0) await this.#runGranted()
    } finally {
      this.#isRunning = false
    }
  }

  async #runGranted(): Promise<void> {
    const deferred = await this.#grant.take()
    try {
      const began = performance.now()
      while (performance.now() - began < GRANT_MS) {
        const change = this.#changes.shift()
        if (!change) break
        await this.#runOne(change, deferred)
      }
    } finally {
      this.#grant.release()
    }
  }

  /** A change that fails must not stop the others. */
  async #runOne(change: Change, deferred: Deferred): Promise<void> {
    this.#current = lbOf(change)
    try {
      if (!this.#defer(change, deferred)) await this.#carryOut(change)
    } catch (error) {
      this.#log.error({ err: error, lb_id: lbOf(change) }, 'a change failed')
    } finally {
      this.#current = null
    }
  }

  /** Defers a change that has just crashed the region's other node. @returns whether it is deferred */
  #defer(change: Change, deferred: Deferred): boolean {
    if (change.type !== 'apply') return false
    const { lb_id, generation } = change.config
    const later = deferred.find((one) => one.lb_id === lb_id && one.generation === generation)
    if (!later) return false
    this.#log.warn({ lb_id, generation }, 'deferred: it has just crashed the other node')
    const again = contain('configuration', () => this.push(change))
    this.#deferred.set(lb_id, setTimeout(again, later.for_ms))
    return true
  }
}

export function lbOf(change: Change): string {
  return change.type === 'apply' ? change.config.lb_id : change.lb_id
}
