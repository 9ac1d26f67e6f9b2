import { isIPv4, isIPv6 } from 'node:net'

/** An address as a number. A v4-mapped IPv6 address is its IPv4 address. */
export type Address = number | bigint

const MAPPED = 0xffff_0000_0000n
const V4_MAX = 0xffff_ffffn

/** Reads an address, IPv4 or IPv6; null where it is neither. */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return v4Number(text)
  const percent = text.indexOf('%')
  const bare = percent < 0 ? text : text.slice(0, percent)
  if (!isIPv6(bare)) return null
  const number = v6Number(bare)
  return number >> 32n === MAPPED >> 32n ? Number(number & V4_MAX) : number
}

function v4Number(text: string): number {
  let number = 0
  let part = 0
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48
    if (digit >= 0) part = part * 10 + digit
    else {
      number = number * 256 + part
      part = 0
    }
  }
  return number * 256 + part
}

function v6Number(text: string): bigint {
  const dotted = text.includes('.') ? text.slice(text.lastIndexOf(':') + 1) : null
  const hex = dotted === null ? text : text.slice(0, -dotted.length) + v4Groups(dotted)
  const [left = '', right] = hex.split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right ? right.split(':') : []
  const zeros = new Array<string>(8 - before.length - after.length).fill('0')
  return [...before, ...zeros, ...after].reduce(
    (number, group) => (number << 16n) | BigInt(`0x${group}`),
    0n,
  )
}

function v4Groups(dotted: string): string {
  const number = v4Number(dotted)
  return `${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`
}

/** The first and the last address of a subnet; addresses alone are subnets of one. Null for what is no subnet. */
function rangeOf(subnet: string): [Address, Address] | null {
  const [text = '', prefix] = subnet.split('/')
  const address = parseAddress(text)
  if (address === null) return null
  const written = text.includes(':') ? 128 : 32
  const bits = prefix === undefined ? written : Number(prefix)
  if (!(Number.isInteger(bits) && bits >= 0 && bits <= written)) return null
  if (typeof address === 'bigint') {
    const host = (1n << BigInt(128 - bits)) - 1n
    return [(address | host) - host, address | host]
  }
  // A v4-mapped subnet that is larger than all of IPv4 is all of it.
  const size = 2 ** Math.min(32, written - bits)
  const first = Math.floor(address / size) * size
  return [first, first + size - 1]
}

/** Sorted, and put together where they touch, so that one search finds the only one that can hold an address. */
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

/** A set of subnets, compiled: an address is looked up in as many steps as their number has binary digits. */
export class Subnets {
  readonly #v4: [number, number][]
  readonly #v6: [bigint, bigint][]

  /** @param subnets in CIDR notation, IPv4 or IPv6; what is none matches nobody */
  constructor(subnets: readonly string[]) {
    const ranges = subnets.map(rangeOf).filter((range) => range !== null)
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
