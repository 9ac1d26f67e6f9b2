import type { Cluster, Region } from '#lib/core/locality.ts'
import type { Reader } from '../store/reader.ts'

/** How long counts are used to which other control planes don't add what they create. Milliseconds. */
const MAX_AGE_MS = 1000

/** How many masters a cluster has, on a pair, or on all nodes of the region. */
export type MasterCount = { pair: number | null; master: Cluster; count: number }

type Known = { counts: MasterCount[]; readAt: number }
type Kind = 'pairs' | 'region'

/**
 * How many load balancers have their masters where, for placing the next one. Counting reads all of them, so the counts are kept, and new
 * load balancers added. With several control planes they are read again every second, and otherwise after a deletion or a move.
 */
export class MasterCounts {
  readonly #isShared: boolean
  readonly #known = new Map<string, Known>()

  /** @param isShared whether other processes create load balancers too */
  constructor(isShared: boolean) {
    this.#isShared = isShared
  }

  /** By pair; load balancers that move count where they are going. */
  onPairs(reader: Reader, region: Region): Promise<readonly MasterCount[]> {
    return this.#read('pairs', region, async () => {
      const rows = await reader
        .selectFrom('placements')
        .innerJoin('lbs', 'lbs.id', 'placements.lb_id')
        .select(({ fn }) => [
          'placements.pair',
          'placements.next_pair',
          'lbs.master',
          fn.countAll<number>().as('count'),
        ])
        .where('placements.region', '=', region)
        .groupBy(['placements.pair', 'placements.next_pair', 'lbs.master'])
        .execute()
      return rows.map(({ pair, next_pair, master, count }) => ({
        ...{ pair: next_pair ?? pair, master },
        count: Number(count),
      }))
    })
  }

  inRegion(reader: Reader, region: Region): Promise<readonly MasterCount[]> {
    return this.#read('region', region, async () => {
      const rows = await reader
        .selectFrom('lbs')
        .select(({ fn }) => ['master', fn.countAll<number>().as('count')])
        .where('region', '=', region)
        .groupBy('master')
        .execute()
      return rows.map(({ master, count }) => ({ pair: null, master, count: Number(count) }))
    })
  }

  /** A load balancer is being created. @param pair null if it is on the local nodes */
  added(region: Region, pair: number | null, master: Cluster): void {
    this.#known.get(keyOf('region', region))?.counts.push({ pair: null, master, count: 1 })
    if (pair !== null) {
      this.#known.get(keyOf('pairs', region))?.counts.push({ pair, master, count: 1 })
    }
  }

  /** Load balancers were deleted or have moved, or were not created after all. */
  outdated(): void {
    this.#known.clear()
  }

  async #read(
    kind: Kind,
    region: Region,
    read: () => Promise<MasterCount[]>,
  ): Promise<readonly MasterCount[]> {
    const key = keyOf(kind, region)
    const now = performance.now()
    const known = this.#known.get(key)
    const isCurrent = known && !(this.#isShared && now - known.readAt > MAX_AGE_MS)
    const counts = summed(isCurrent ? known.counts : await read())
    this.#known.set(key, { counts, readAt: isCurrent ? known.readAt : now })
    return counts
  }
}

const keyOf = (kind: Kind, region: Region) => `${kind} ${region}`

function summed(counts: readonly MasterCount[]): MasterCount[] {
  const sums = new Map<string, MasterCount>()
  for (const { pair, master, count } of counts) {
    const key = `${pair} ${master}`
    const sum = sums.get(key) ?? { pair, master, count: 0 }
    sums.set(key, { ...sum, count: sum.count + count })
  }
  return [...sums.values()]
}
