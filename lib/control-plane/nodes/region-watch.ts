import type { Region } from '#lib/core/locality.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { detach } from '#lib/process/faults.ts'
import type { Signal } from '../store/signal.ts'
import type { Store } from '../store/store.ts'

/** Tells which regions need their nodes, at once and whenever that changes. */
export class RegionWatch {
  readonly #store: Store
  readonly #tell: (regions: Region[]) => void
  readonly #stop: () => void
  readonly #wanted = new Set<Region>()
  #told: string | null = null
  #looking: Promise<void> = Promise.resolve()

  constructor(store: Store, commits: Signal, tell: (regions: Region[]) => void) {
    this.#store = store
    this.#tell = tell
    this.#stop = commits.subscribe(() => this.#lookLater())
  }

  /** A region needs its nodes although it may have no load balancer yet. Nodes, once started, stay. */
  want(region: Region): void {
    if (this.#wanted.has(region)) return
    this.#wanted.add(region)
    this.#lookLater()
  }

  /** Resolves when what holds now has been told. */
  look(): Promise<void> {
    // One look at a time, in the order of the commits; one that failed does not keep the next from looking.
    const before = this.#looking
    this.#looking = this.#lookAfter(before)
    return this.#looking
  }

  #lookLater(): void {
    detach('configuration', () => this.look())
  }

  async #lookAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => {})
    await this.#look()
  }

  stop(): void {
    this.#stop()
  }

  async #look(): Promise<void> {
    const rows = await this.#store.reader.selectFrom('lbs').select('region').distinct().execute()
    const needed = new Set([...this.#wanted, ...rows.map(({ region }) => region)])
    const regions = REGIONS.filter((region) => needed.has(region))
    if (regions.join() === this.#told) return
    this.#told = regions.join()
    this.#tell(regions)
  }
}
