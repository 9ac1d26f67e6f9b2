import { setTimeout as after } from 'node:timers/promises'
import { contain, detach } from '#lib/process/faults.ts'
import { type HeldLock, OrderRefused, UNSHARED } from '../locks/held-lock.ts'
import { HolderWatch } from '../locks/holder-watch.ts'
import type { Locks } from '../locks/locks.ts'
import { DatabaseProblem } from '../store/database-problem.ts'
import type { StoredPair } from './pairs.ts'
import { TRY_MAX_MS } from './trials.ts'

/** How long a control plane goes on to try once it wants a lease, and how often. Milliseconds. */
const WAIT_MS = 1000
const RETRY_MS = 100

/** The right to send the nodes of a pair what none of them has tried. */
export type RollOutLease = {
  lock: HeldLock
  /** Since when, of `performance.now()`. */
  since: number
  /** The workers of each node that have reported since then. */
  heard: Map<string, Set<number>>
}

const SOLE: RollOutLease = { lock: UNSHARED, since: 0, heard: new Map() }

/**
 * Among control planes on one database, one tries configurations on the nodes of a pair, and the others send what a node of the pair has
 * reported. Otherwise two of them could have both nodes try at the same time. It keeps the lease as long as it has one of the nodes.
 */
export class RollOutLeases {
  /** Called when this process may try by now, or has not got the lease. */
  onChange: () => void = () => {}
  readonly #locks: Locks
  readonly #held = new Map<string, RollOutLease>()
  readonly #wanted = new Set<string>()
  readonly #watches = new Map<string, HolderWatch>()
  readonly #stopping = new AbortController()

  constructor(locks: Locks) {
    this.#locks = locks
  }

  /** The lease of a pair; null if this process doesn't have it for sure. */
  find(pair: StoredPair): RollOutLease | null {
    if (!this.#locks.isShared) return SOLE
    const lease = this.#held.get(keyOf(pair))
    return lease?.lock.isCertain() ? lease : null
  }

  /**
   * Whether this process tries configurations on a pair. If not, it tries to get the lease. If it has taken the lease over from a process
   * that was killed or hung, the nodes may still be trying what that one sent: one that hangs reports nothing, and `RollOuts` waits for one
   * that has ended.
   * @param streamsOf how many workers of a node follow
   */
  mayTry(pair: StoredPair, streamsOf: (nodeId: string) => number): boolean {
    const lease = this.find(pair)
    if (!lease) this.#want(keyOf(pair))
    if (!lease?.lock.isTakenOver) return lease !== null
    const isHeard = (nodeId: string) => (lease.heard.get(nodeId)?.size ?? 0) >= streamsOf(nodeId)
    return performance.now() - lease.since >= TRY_MAX_MS || [pair.a, pair.b].every(isHeard)
  }

  /** Tries to get a lease for a while, or until the database is back. */
  #want(key: string): void {
    if (this.#held.has(key) || this.#wanted.has(key)) return
    this.#wanted.add(key)
    const { signal } = this.#stopping
    detach('configuration', async () => {
      try {
        while (!signal.aborted && (await this.#take(key)))
          await after(RETRY_MS, undefined, { signal, ref: false }).catch(() => {})
      } finally {
        this.#wanted.delete(key)
        // If another one has it, what waits is looked at again, and may still want it.
        this.onChange()
      }
    })
  }

  /** Leaves the lease of a pair to others. */
  release(pair: StoredPair): void {
    const lease = this.#held.get(keyOf(pair))
    this.#held.delete(keyOf(pair))
    if (lease) detach('configuration', () => lease.lock.release())
  }

  /** A worker of a node has reported. */
  heard(nodeId: string, worker: number): void {
    let isNew = false
    for (const { heard, lock } of this.#held.values()) {
      const workers = heard.get(nodeId) ?? new Set<number>()
      if (lock.isTakenOver && !workers.has(worker)) isNew = true
      heard.set(nodeId, workers.add(worker))
    }
    if (isNew) this.onChange()
  }

  stop(): void {
    this.#stopping.abort()
  }

  /** @returns whether it is worth to try again */
  async #take(key: string): Promise<boolean> {
    const watch = this.#watches.get(key) ?? new HolderWatch()
    this.#watches.set(key, watch)
    const { signal } = this.#stopping
    try {
      const patience = { waitMs: WAIT_MS, retryMs: RETRY_MS, watch, signal }
      this.#hold(key, await this.#locks.acquire([key], patience))
    } catch (error) {
      if (error instanceof DatabaseProblem) return true
      if (!(error instanceof OrderRefused)) throw error
    }
    return false
  }

  #hold(key: string, lock: HeldLock): void {
    const lease = { lock, since: performance.now(), heard: new Map<string, Set<number>>() }
    this.#watches.delete(key)
    this.#held.set(key, lease)
    const onEnd = contain('configuration', () => {
      if (this.#held.get(key) !== lease) return
      // It was lost with the connection. Others would have to wait until this process can't send any more.
      this.#held.delete(key)
      this.#want(key)
    })
    lock.ended.addEventListener('abort', onEnd)
  }
}

const keyOf = ({ region, number }: StoredPair) => `roll-outs ${region} ${number}`
