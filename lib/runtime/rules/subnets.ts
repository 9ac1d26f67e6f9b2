import { isIPv4, isIPv6 } from 'node:net'
import { type AddressNumber, addressNumber, subnetRange } from '#lib/core/subnet.ts'

export type Address = AddressNumber

/** Parses an address, IPv4 or IPv6; null if it is invalid. */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return addressNumber(text)
  const percent = text.indexOf('%')
  const bare = percent < 0 ? text : text.slice(0, percent)
  return isIPv6(bare) ? addressNumber(bare) : null
}

/** Sorts ranges and merges overlapping ones, so that a binary search finds the only candidate. */
function merged<T extends Address>(ranges: [T, T][]): [T, T][] {
  const result: [T, T][] = []
  for (const range of ranges.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const last = result.at(-1)
    if (last && range[0] <= last[1]) {
      if (range[1] > last[1]) last[1] = range[1]
    } else result.push(range)
  }
  return result
}

/** A compiled set of subnets, with binary search. */
export class Subnets {
  readonly #v4: [number, number][]
  readonly #v6: [bigint, bigint][]

  /** @param subnets in CIDR notation, IPv4 or IPv6; invalid ones match nothing */
  constructor(subnets: readonly string[]) {
    const ranges = subnets.map(subnetRange).filter((range) => range !== null)
    const isV6 = (range: [Address, Address]) => typeof range[0] === 'bigint'
    this.#v4 = merged(ranges.filter((range) => !isV6(range)) as [number, number][])
    this.#v6 = merged(ranges.filter(isV6) as [bigint, bigint][])
  }

  has(address: Address | null): boolean {
    if (address === null) return false
    return typeof address === 'number' ? isIn(this.#v4, address) : isIn(this.#v6, address)
  }
}

function isIn<T extends Address>(ranges: readonly [T, T][], address: T): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    const [first, last] = ranges[middle] as [T, T]
    if (address < first) high = middle
    else if (address > last) low = middle + 1
    else return true
  }
  return false
}
