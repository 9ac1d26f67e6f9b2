import { isSubnet, type Networks, type Range, within } from './networks.ts'
import { type AddressNumber, addressNumber, subnetRange } from './subnet.ts'

/** Networks that are always denied as targets, in CIDR notation, with the reason. */
const DENIED: [subnet: string, reason: string][] = [
  ['0.0.0.0/8', 'is not a host address'],
  ['169.254.0.0/16', 'is a link-local address, where cloud metadata services are'],
  ['224.0.0.0/4', 'is a multicast address'],
  ['240.0.0.0/4', 'is reserved'],
  ['::/128', 'is not a host address'],
  ['fe80::/10', 'is a link-local address, where cloud metadata services are'],
  ['ff00::/8', 'is a multicast address'],
  // Alibaba, Azure, Oracle.
  ['100.100.100.200/32', 'is a cloud metadata service'],
  ['168.63.129.16/32', 'is a cloud metadata service'],
  ['192.0.0.192/32', 'is a cloud metadata service'],
  // Amazon (with the credentials of EKS), Google, Oracle, Scaleway.
  ['fd00:ec2::/32', 'is a cloud metadata service'],
  ['fd20:ce::254/128', 'is a cloud metadata service'],
  ['fd00:c1::a9fe:a9fe/128', 'is a cloud metadata service'],
  ['fd00:42::42/128', 'is a cloud metadata service'],
]

const LOOPBACK = ['127.0.0.0/8', '::1/128']

/** Private use (RFC 1918, 4193, 6598, 3879), loopback, link-local. */
const PRIVATE = [
  ...LOOPBACK,
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
]

const DENIED_RANGES = DENIED.map(([subnet, reason]) => ({ range: rangeOf(subnet), reason }))
const LOOPBACK_RANGES = LOOPBACK.map(rangeOf)
const PRIVATE_RANGES = PRIVATE.map(rangeOf)

function rangeOf(subnet: string): Range {
  const range = subnetRange(subnet)
  if (!range) throw new Error(`${subnet} is not a network`)
  return range
}

/** The first address after all host addresses: multicast and reserved ones follow. */
const NO_HOST_FIRST = 0xe000_0000
/** The end of 0.0.0.0/8. */
const NO_HOST_LAST = 0x00ff_ffff

const V4_MASK = 0xffff_ffffn

/** IPv6 networks that embed IPv4 addresses, with a function that extracts them. */
const EMBEDDINGS: [subnet: string, read: (address: bigint) => number[]][] = [
  // IPv4-compatible (RFC 4291), IPv4-translated (RFC 2765), NAT64 (RFC 6052).
  ['::/96', (address) => [bits(address, 96)]],
  ['::ffff:0:0:0/96', (address) => [bits(address, 96)]],
  ['64:ff9b::/96', (address) => [bits(address, 96)]],
  // NAT64 for local use (RFC 8215): the operator chooses the prefix length, so all prefix lengths of RFC 6052 are extracted.
  ['64:ff9b:1::/48', localNat64],
  // 6to4 (RFC 3056); Teredo (RFC 4380): the server, and the client with its bits inverted.
  ['2002::/16', (address) => [bits(address, 16)]],
  ['2001::/32', (address) => [bits(address, 32), bits(~address, 96)]],
]
const EMBEDDING_RANGES = EMBEDDINGS.map(([subnet, read]) => ({ range: rangeOf(subnet), read }))

/** ISATAP (RFC 5214): the interface identifier 0000:5efe or 0200:5efe, and an IPv4 address, in any network. */
const ISATAP = new Set([0x0000_5efe, 0x0200_5efe])

/**
 * Why an address is denied as a target regardless of settings, to follow the address in a sentence; null if it is allowed. An IPv6
 * address that embeds an IPv4 address is checked as both.
 */
export function deniedAddress(address: string): string | null {
  const readings = addressReadings(address)
  return (
    DENIED_RANGES.find(({ range }) => readings.some((one) => within(one, range)))?.reason ?? null
  )
}

/** Whether an address is a loopback address. */
export function isLoopback(address: string): boolean {
  return isIn(address, LOOPBACK_RANGES)
}

/** Whether an address is private, loopback or link-local. */
export function isPrivate(address: string): boolean {
  return isIn(address, PRIVATE_RANGES)
}

/** Whether all of a network is private. */
export function isPrivateNetwork(network: Range): boolean {
  return isSubnet(network, PRIVATE_RANGES)
}

/** Whether all of a network is loopback. */
export function isLoopbackNetwork(network: Range): boolean {
  return isSubnet(network, LOOPBACK_RANGES)
}

function isIn(address: string, ranges: Networks): boolean {
  return addressReadings(address).some((one) => ranges.some((range) => within(one, range)))
}

/** An address as a number, and the IPv4 addresses that it embeds by IPv6 transition mechanisms. A zone is ignored. */
export function addressReadings(address: string): AddressNumber[] {
  const number = addressNumber(address.split('%')[0] as string)
  if (typeof number === 'number') return [number]
  const embedded = EMBEDDING_RANGES.find(({ range }) => within(number, range))?.read(number) ?? []
  const isatap = ISATAP.has(bits(number, 64)) ? [bits(number, 96)] : []
  // `::` and `::1` embed no IPv4 address.
  return number <= 1n ? [number] : [number, ...embedded, ...isatap]
}

/** 32 bits of an address, starting at bit `from`, counted from the most significant bit. */
function bits(address: bigint, from: number): number {
  return Number((address >> BigInt(96 - from)) & V4_MASK)
}

/** The IPv4 addresses for prefixes of 48, 56, 64 and 96 bits, without bits 64 to 71 (RFC 6052 section 2.2). Only host addresses count. */
function localNat64(address: bigint): number[] {
  const shortened = ((address >> 64n) << 56n) | (address & ((1n << 56n) - 1n))
  const readings = [48, 56, 64].map((from) => Number((shortened >> BigInt(88 - from)) & V4_MASK))
  return [...readings, bits(address, 96)].filter((one) => one > NO_HOST_LAST && one < NO_HOST_FIRST)
}
