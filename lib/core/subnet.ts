import * as z from 'zod'
import { ADDRESS_MAX, isIpv4, isIpv6 } from './address.ts'

/** An address as a number. An IPv4-mapped IPv6 address is its IPv4 address. */
export type AddressNumber = number | bigint

const MAPPED = 0xffff_0000_0000n
const V4_MAX = 0xffff_ffffn
const PREFIX = /^(?:0|[1-9]\d{0,2})$/

/** The number of a valid address, IPv4 or IPv6 without a zone. */
export function addressNumber(text: string): AddressNumber {
  if (!text.includes(':')) return v4Number(text)
  const number = v6Number(text)
  return number >> 32n === MAPPED >> 32n ? Number(number & V4_MAX) : number
}

/**
 * The first and last address of a network in CIDR notation (RFC 4632), with or without host bits set; a plain address is a
 * network of one. Null for anything else.
 */
export function subnetRange(subnet: string): [AddressNumber, AddressNumber] | null {
  const slash = subnet.indexOf('/')
  const text = slash < 0 ? subnet : subnet.slice(0, slash)
  const isV6 = text.includes(':')
  if (isV6 ? !isIpv6(text) : !isIpv4(text)) return null
  const written = isV6 ? 128 : 32
  const prefix = slash < 0 ? String(written) : subnet.slice(slash + 1)
  const bits = Number(prefix)
  if (!PREFIX.test(prefix) || bits > written) return null
  const address = addressNumber(text)
  if (typeof address === 'bigint') {
    const host = (1n << BigInt(128 - bits)) - 1n
    return [(address | host) - host, address | host]
  }
  // An IPv4-mapped subnet wider than the IPv4 range covers all of IPv4.
  const size = 2 ** Math.min(32, written - bits)
  const first = Math.floor(address / size) * size
  return [first, first + size - 1]
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

const SUBNET_MAX = ADDRESS_MAX + '/128'.length
const SUBNET_HINT = 'Enter an IP address or a network. For example: 10.0.0.0/8'

/** An IP address or a network in a request. */
export const Subnet = z
  .string({ error: SUBNET_HINT })
  .trim()
  .max(SUBNET_MAX, { error: SUBNET_HINT })
  .refine((text) => subnetRange(text) !== null, { error: SUBNET_HINT })
