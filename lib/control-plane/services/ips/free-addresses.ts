import { type RawBuilder, sql } from 'kysely'
import type { Region } from '#lib/core/locality.ts'
import { addressText, poolSize } from '../../ip-pool.ts'
import type { Pools } from '../../settings.ts'
import type { Reader } from '../../store/reader.ts'

/** How often the search begins at the lowest address, in case another control plane has released some. Milliseconds. */
const RESTART_MS = 60_000

/** An address, and the number of its range in the pool. */
type Place = { range: number; address: number }

/** Where to begin the search, until when. */
type Start = { place: Place; restartAt: number }

const LOWEST: Place = { range: 0, address: 0 }

/**
 * The free addresses of the pools. It remembers below which address none is free, so that an allocation doesn't read all IPs. An
 * address that another control plane has released is found within a minute, or when no other one is left.
 */
export class FreeAddresses {
  readonly #pools: Pools
  readonly #starts = new Map<Region, Start>()

  constructor(pools: Pools) {
    this.#pools = pools
  }

  /** The region's pool as the operator wrote it, and its number of addresses. */
  pool(region: Region): { text: string; size: number } {
    const pool = this.#pools[region]
    return { text: pool.text, size: poolSize(pool) }
  }

  /**
   * The lowest free address of the first of a region's networks that has one; null if none has.
   * @param reserved addresses that are in use without an IP
   */
  async lowest(
    writer: Reader,
    region: Region,
    reserved: ReadonlySet<number>,
  ): Promise<string | null> {
    const now = performance.now()
    const known = this.#starts.get(region)
    if (known && now < known.restartAt) {
      const found = await this.#search(writer, region, known, reserved)
      if (found !== null) return found
    }
    const start = { place: LOWEST, restartAt: now + RESTART_MS }
    return this.#search(writer, region, start, reserved)
  }

  /** IPs are being released. */
  released(ips: readonly { address_number: number }[]): void {
    for (const [region, start] of this.#starts) {
      for (const { address_number: address } of ips) {
        const ranges = this.#pools[region].ranges
        const range = ranges.findIndex(({ first, last }) => first <= address && address <= last)
        if (range >= 0) start.place = lower(start.place, { range, address })
      }
    }
  }

  async #search(
    writer: Reader,
    region: Region,
    { place, restartAt }: Start,
    reserved: ReadonlySet<number>,
  ): Promise<string | null> {
    let next: Place | null = null
    for (const [range, { first, last }] of this.#pools[region].ranges.entries()) {
      if (range < place.range) continue
      const from = range === place.range ? Math.max(first, place.address) : first
      let address = await nextFree(writer, from, last)
      // Also if it is reserved, which may end, and although it is about to be taken: the transaction may be rolled back.
      if (address !== null) next ??= { range, address }
      while (address !== null && reserved.has(address)) {
        address = await nextFree(writer, address + 1, last)
      }
      if (address === null) continue
      this.#starts.set(region, { place: next ?? LOWEST, restartAt })
      return addressText(address)
    }
    return null
  }
}

const lower = (one: Place, other: Place) =>
  other.range < one.range || (other.range === one.range && other.address < one.address)
    ? other
    : one

/** The lowest number from `from` to `last` without an IP. It reads the IPs up to there. */
async function nextFree(reader: Reader, from: number, last: number): Promise<number | null> {
  if (from > last) return null
  const at = (number: RawBuilder<number>) =>
    sql<number | null>`(select 1 from ips as one where one.address_number = ${number})`
  // Scalar subqueries, so that the database stops at the first gap.
  const gap = await reader
    .selectFrom('ips')
    .select(['address_number', at(sql`${from}`).as('is_taken')])
    .where('address_number', '>=', from)
    .where(at(sql`ips.address_number + 1`), 'is', null)
    .orderBy('address_number')
    .limit(1)
    .executeTakeFirst()
  if (!gap?.is_taken) return from
  const next = Number(gap.address_number) + 1
  return next <= last ? next : null
}
