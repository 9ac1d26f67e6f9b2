import type { Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { detach } from '#lib/process/faults.ts'
import type { Reader } from '../store/reader.ts'
import type { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'

/** Reports the regions that need nodes, at the start and after every change. */
export class RegionWatch {
  readonly #store: Store
  readonly #report: (regions: Region[]) => void
  readonly #unsubscribe: () => void
  readonly #wanted = new Set<Region>()
  #reported: string | null = null
  #checking: Promise<void> = Promise.resolve()
  #isStopped = false
  /** The check that has not begun yet. It sees all commits until it begins. */
  #next: Promise<void> | null = null

  constructor(store: Store, commits: Signal, report: (regions: Region[]) => void) {
    this.#store = store
    this.#report = report
    this.#unsubscribe = commits.subscribe(() => this.#checkLater())
  }

  /** Adds a region that needs nodes although it may have no load balancer yet. Its nodes are never stopped. */
  want(region: Region): void {
    if (this.#wanted.has(region)) return
    this.#wanted.add(region)
    this.#checkLater()
  }

  /** Reports the regions if they have changed. */
  check(): Promise<void> {
    if (this.#next) return this.#next
    // One check at a time, in the order of the commits. The next one runs even if this one fails.
    const before = this.#checking
    this.#next = this.#checkAfter(before)
    this.#checking = this.#next
    return this.#checking
  }

  #checkLater(): void {
    detach('configuration', () => this.check())
  }

  async #checkAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => {})
    this.#next = null
    if (!this.#isStopped) await this.#check()
  }

  /** Resolves when it reads nothing more. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe()
    await this.#checking.catch(() => {})
  }

  async #check(): Promise<void> {
    const used = await usedRegions(this.#store.reader)
    const regions = REGIONS.filter((region) => used.has(region) || this.#wanted.has(region))
    if (regions.join() === this.#reported) return
    this.#reported = regions.join()
    this.#report(regions)
  }
}

/** The regions that have load balancers. One look into the index for each region, because `distinct` would read all load balancers. */
async function usedRegions(reader: Reader): Promise<Set<Region>> {
  const used = new Set<Region>()
  for (const region of REGIONS) {
    const one = reader.selectFrom('lbs').select('id').where('region', '=', region).limit(1)
    if (await one.executeTakeFirst()) used.add(region)
  }
  return used
}
