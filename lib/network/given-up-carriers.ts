import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { contain } from '#lib/process/faults.ts'
import type { AdvertState } from './advert-sets.ts'
import type { Clocks } from './clocks.ts'
import type { Fence } from './fence.ts'
import type { RunFiles } from './run-files.ts'

/** How long the peer may take to take a carrier over. Milliseconds. */
const YIELD_MS = 2000
const POLL_MS = 5

/** Carriers that this host gives up by order, through a file that keepalived tracks. Keys are VRIDs. */
export class GivenUpCarriers {
  readonly #files: RunFiles
  readonly #fence: Fence
  readonly #leaseMs: number
  /** Of carriers for which this host stands down. */
  readonly #timers = new Map<number, NodeJS.Timeout>()

  constructor(files: RunFiles, fence: Fence, { leaseMs }: Clocks) {
    this.#files = files
    this.#fence = fence
    this.#leaseMs = leaseMs
  }

  /** Gives a carrier up for a time that begins now, or until its owner is heard. */
  standDown(vrid: number, forMs: number): void {
    clearTimeout(this.#timers.get(vrid))
    this.#write(vrid, true)
    const end = contain('takeover', () => this.#stopStandingDown(vrid))
    this.#timers.set(vrid, setTimeout(end, forMs))
  }

  /**
   * Stops standing down for carriers whose owner this host hears again: VRRP decides once more, and this host takes over if the owner
   * fails.
   */
  compare({ silenceMs }: AdvertState): void {
    for (const vrid of [...this.#timers.keys()]) {
      if ((silenceMs.get(vrid) ?? Number.POSITIVE_INFINITY) <= this.#leaseMs) {
        this.#stopStandingDown(vrid)
      }
    }
  }

  /**
   * Gives a carrier up until the peer owns it.
   * @returns false if the peer doesn't take it over; then this host may own it again
   */
  async yieldToPeer(vrid: number): Promise<boolean> {
    const startedAt = performance.now()
    this.#write(vrid, true)
    // keepalived's advert of priority 0 closes the fence. Adverts that are heard afterwards are the peer's.
    let isTaken = false
    while (!isTaken && performance.now() - startedAt < YIELD_MS) {
      await sleep(POLL_MS)
      const { alive, silenceMs } = await this.#fence.adverts()
      const heardAt = performance.now() - (silenceMs.get(vrid) ?? Number.POSITIVE_INFINITY)
      isTaken = !alive.has(vrid) && heardAt > startedAt
    }
    if (!this.#timers.has(vrid)) this.#write(vrid, false)
    return isTaken
  }

  /** Forgets a carrier of a pair that is no more. */
  forget(vrid: number): void {
    clearTimeout(this.#timers.get(vrid))
    this.#timers.delete(vrid)
  }

  #stopStandingDown(vrid: number): void {
    clearTimeout(this.#timers.get(vrid))
    this.#timers.delete(vrid)
    this.#write(vrid, false)
  }

  #write(vrid: number, isGivenUp: boolean): void {
    writeFileSync(this.#files.givenUp(vrid), isGivenUp ? '1\n' : '0\n')
  }
}
