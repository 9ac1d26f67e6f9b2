import ipaddr from 'ipaddr.js'
import type { Pool } from '#lib/protocol/settings/control-plane-settings.ts'

export const EMPTY_POOL: Pool = { text: '', ranges: [], networks: [] }

const INTERFACE = /^[\w.-]{1,15}$/
/** From 1.0.0.0 to 223.255.255.255: what is below and above is for no single host (RFC 6890, RFC 5771). */
const UNICAST = { first: addressNumber('1.0.0.0'), last: addressNumber('223.255.255.255') }

/** An IPv4 address as a number, for sorting. */
export function addressNumber(address: string): number {
  return address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
}

/** The IPv4 address of a number. */
export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

/**
 * Parses a pool of IPv4 networks joined by `+`. The network and broadcast address of a network are excluded, except in a /31 or /32.
 * A network that hosts have on an interface is followed by it: `10.99.1.0/24@eth0`.
 * @throws Error whose message names the invalid network.
 */
export function parsePool(text: string): Pool {
  const entries = text.split('+').map(parseEntry)
  const networks = entries.flatMap(({ network, interface: on }) =>
    on === null ? [] : [{ network, interface: on }],
  )
  return { text, ranges: entries.map(({ network }) => parseNetwork(network)), networks }
}

function parseEntry(text: string): { network: string; interface: string | null } {
  const at = text.indexOf('@')
  if (at < 0) return { network: text, interface: null }
  const on = text.slice(at + 1)
  if (INTERFACE.test(on)) return { network: text.slice(0, at), interface: on }
  throw new Error(`"${on}" is not the name of an interface. For example: 10.99.1.0/24@eth0`)
}

function parseNetwork(text: string): { first: number; last: number } {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) {
    throw new Error(`"${text}" is not an IPv4 network. For example: 127.51.0.0/24`)
  }
  const [, length] = ipaddr.IPv4.parseCIDR(text)
  const first = addressNumber(ipaddr.IPv4.networkAddressFromCIDR(text).toString())
  const last = first + 2 ** (32 - length) - 1
  if (first < UNICAST.first || last > UNICAST.last) {
    throw new Error(`"${text}" has addresses that no host can have. For example: 127.51.0.0/24`)
  }
  return length >= 31 ? { first, last } : { first: first + 1, last: last - 1 }
}

/** The number of addresses in a pool. */
export function poolSize(pool: Pool): number {
  return pool.ranges.reduce((size, { first, last }) => size + last - first + 1, 0)
}

/** Whether two pools share an address. */
export function poolsOverlap(one: Pool, other: Pool): boolean {
  return one.ranges.some((a) => other.ranges.some((b) => a.first <= b.last && b.first <= a.last))
}
