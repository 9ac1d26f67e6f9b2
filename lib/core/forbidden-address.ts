import { canonicalAddress, isIpv4 } from './address.ts'

/** IPv4 networks that nothing may be sent to on somebody's behalf: their first address, and the length of the prefix. */
const NETWORKS_V4: [string, number, string][] = [
  ['0.0.0.0', 8, 'is no address of a host'],
  ['169.254.0.0', 16, "is link-local, where a cloud's metadata service is"],
  ['224.0.0.0', 4, 'is a multicast address'],
  ['240.0.0.0', 4, 'is reserved'],
]

/** The same of IPv6, by the first 16-bit groups. Scaleway's and Amazon's metadata services have addresses of their own. */
const NETWORKS_V6: [RegExp, string][] = [
  [/^::$/, 'is no address of a host'],
  [/^fe[89ab][0-9a-f]:/, "is link-local, where a cloud's metadata service is"],
  [/^ff[0-9a-f]{2}:/, 'is a multicast address'],
  [/^fd00:42::42$|^fd00:ec2::254$/, "is a cloud's metadata service"],
]

/**
 * Why nothing may be sent to an IP address on somebody's behalf, to follow its name in a sentence; null where it may.
 * IPv6 forms of an IPv4 address (v4-mapped, NAT64, 6to4) count as that.
 */
export function forbiddenAddress(address: string): string | null {
  const canonical = canonicalAddress(address.split('%')[0] as string)
  const v4 = isIpv4(canonical) ? canonical : embeddedV4(canonical)
  if (v4 !== null) {
    const found = NETWORKS_V4.find(([network, length]) => inNetwork(v4, network, length))
    if (found) return found[2]
  }
  return NETWORKS_V6.find(([pattern]) => pattern.test(canonical))?.[1] ?? null
}

/** Whether an address is this machine's own, by the loopback interface or by "any address". */
export function isLoopback(address: string): boolean {
  const canonical = canonicalAddress(address.split('%')[0] as string)
  const v4 = isIpv4(canonical) ? canonical : embeddedV4(canonical)
  return canonical === '::1' || (v4 !== null && inNetwork(v4, '127.0.0.0', 8))
}

function inNetwork(address: string, network: string, length: number): boolean {
  const shift = 2 ** (32 - length)
  return Math.floor(numberOf(address) / shift) === Math.floor(numberOf(network) / shift)
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** The IPv4 address within an IPv6 one: `64:ff9b::/96` (RFC 6052), `2002::/16` (RFC 3056), `::/96` (RFC 4291). */
function embeddedV4(address: string): string | null {
  const nat64 = /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/.exec(address)
  if (nat64) return fromGroups(nat64[1], nat64[2])
  const sixToFour = /^2002:([0-9a-f]{1,4}):([0-9a-f]{0,4})/.exec(address)
  if (sixToFour) return fromGroups(sixToFour[1], sixToFour[2])
  const compatible = /^::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address)
  return compatible ? fromGroups(compatible[1], compatible[2]) : null
}

function fromGroups(high = '0', low = '0'): string {
  const [first, second] = [Number.parseInt(high || '0', 16), Number.parseInt(low || '0', 16)]
  return [first >> 8, first & 255, second >> 8, second & 255].join('.')
}
