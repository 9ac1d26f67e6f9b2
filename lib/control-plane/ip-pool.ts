import ipaddr from 'ipaddr.js'

/** The addresses a region may give out, lowest first. Addresses are numbers: 127.51.0.1 is 0x7f330001. */
export type Pool = {
  /** As it was configured: "127.51.0.0/24". */
  text: string
  ranges: { first: number; last: number }[]
}

export const EMPTY_POOL: Pool = { text: '', ranges: [] }

/** The number of an IPv4 address: ordering addresses by it is ordering them as people read them. */
export function addressNumber(address: string): number {
  return address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
}

function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

/**
 * A pool of one or several IPv4 networks joined by `+`. The first and the last address of a network (its own and
 * its broadcast address) are not given out, but in a /31 or /32 every address is.
 * @throws Error whose message says which network is wrong.
 */
export function parsePool(text: string): Pool {
  return { text, ranges: text.split('+').map(parseNetwork) }
}

function parseNetwork(text: string): { first: number; last: number } {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) {
    throw new Error(`"${text}" is not an IPv4 network. For example: 127.51.0.0/24`)
  }
  const [, length] = ipaddr.IPv4.parseCIDR(text)
  const first = addressNumber(ipaddr.IPv4.networkAddressFromCIDR(text).toString())
  const last = first + 2 ** (32 - length) - 1
  return length >= 31 ? { first, last } : { first: first + 1, last: last - 1 }
}

/** How many addresses a pool has. */
export function poolSize(pool: Pool): number {
  return pool.ranges.reduce((size, { first, last }) => size + last - first + 1, 0)
}

/** Whether two pools share an address. */
export function poolsOverlap(one: Pool, other: Pool): boolean {
  return one.ranges.some((a) => other.ranges.some((b) => a.first <= b.last && b.first <= a.last))
}

/** The lowest address of the pool that is not among `taken`, or null where none is left. */
export function lowestFree(pool: Pool, taken: ReadonlySet<number>): string | null {
  for (const { first, last } of pool.ranges) {
    for (let number = first; number <= last; number++) {
      if (!taken.has(number)) return addressText(number)
    }
  }
  return null
}
