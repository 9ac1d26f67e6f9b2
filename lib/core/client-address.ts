import { canonicalAddress, isIpv4, isIpv6 } from './address.ts'
import { inNetworks, type Networks, parseNetworks } from './networks.ts'

const PROXIES_NAME = 'FAIRLEAD_TRUSTED_PROXIES'

/** What a request says of where it comes from; a header that it hasn't got is undefined. */
export type ForwardedRequest = {
  /** The other end of the connection. */
  peer: string
  /** `Forwarded` (RFC 7239). */
  forwarded: string | undefined
  /** `X-Forwarded-For`. */
  forwardedFor: string | undefined
}

/**
 * `FAIRLEAD_TRUSTED_PROXIES`: networks in CIDR notation, separated by commas.
 * @throws Error in one line.
 */
export function parseTrustedProxies(text = ''): Networks {
  const networks = parseNetworks(PROXIES_NAME, text, '10.0.0.5,fd00:1::/64')
  const everybody = text.split(',').find((subnet) => subnet.trim().endsWith('/0'))
  if (everybody === undefined) return networks
  throw new Error(
    `${PROXIES_NAME}: ${everybody.trim()} would let every client choose its address. Name your proxies' networks.`,
  )
}

/**
 * The address that a request comes from, in canonical spelling. The headers are read from the right, because each proxy
 * appends the address that it was reached from: the first one that is no trusted proxy is the client. What stands left of
 * it is the client's own word. Where `forwardingProblem` has one, the last proxy that is known counts as the client.
 */
export function clientAddressOf(source: ForwardedRequest, trusted: Networks): string {
  const near = plainAddress(source.peer)
  if (near === null) return source.peer
  const clients = clientsNamed(near, source, trusted)
  const [client] = clients ?? []
  return client !== undefined && clients?.size === 1 ? client : near
}

/**
 * Why nobody can tell whom a trusted proxy forwards a request for, as a sentence; null where it is clear. Such a request is
 * refused: its client has written a header that the proxy passes on, and would seem to be the proxy itself.
 */
export function forwardingProblem(source: ForwardedRequest, trusted: Networks): string | null {
  const near = plainAddress(source.peer)
  const clients = near === null ? new Set() : clientsNamed(near, source, trusted)
  if (clients === null) return 'The Forwarded header is malformed.'
  if (clients.size < 2) return null
  return 'X-Forwarded-For and Forwarded name different clients. Have the proxy remove the header that it does not set.'
}

/** The clients that the headers name, of which there should be one at most. Null where `Forwarded` is malformed. */
function clientsNamed(
  near: string,
  { forwarded, forwardedFor }: ForwardedRequest,
  trusted: Networks,
): Set<string> | null {
  if (!inNetworks(near, trusted)) return new Set()
  const hops = forwarded === undefined ? [] : forwardedHops(forwarded)
  if (hops === null) return null
  const named = [
    forwarded === undefined ? [] : [hops],
    forwardedFor === undefined ? [] : [forwardedFor.split(',').map(nodeAddress)],
  ].flat()
  return new Set(named.map((one) => clientOf(near, one, trusted)))
}

/** Follows the proxies back from the nearest one. */
function clientOf(near: string, hops: readonly (string | null)[], trusted: Networks): string {
  let known = near
  for (const hop of hops.toReversed()) {
    if (hop === null || !inNetworks(known, trusted)) break
    known = hop
  }
  return known
}

/** In canonical spelling and without an IPv6 zone; null for what is no address. */
function plainAddress(text: string): string | null {
  const address = text.split('%')[0] as string
  return isIpv4(address) || isIpv6(address) ? canonicalAddress(address) : null
}

/** The address of a node with or without a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. Null for "unknown" and the like. */
function nodeAddress(text: string): string | null {
  const node = text.trim()
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(node)?.[1]
  const dotted = /^([\d.]+):\d{1,5}$/.exec(node)?.[1]
  return plainAddress(bracketed ?? dotted ?? node)
}

/** One `name=value` of RFC 7239 section 4, and what ends it. Many proxies leave out the quotes of an address with a port. */
const PAIR = /\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~:[\]-]+))\s*(;|,|$)/y

/** The nodes of a `Forwarded` header, in its order. Null where any part of it is malformed. */
function forwardedHops(header: string): (string | null)[] | null {
  const hops: (string | null)[] = []
  let node: string | null = null
  PAIR.lastIndex = 0
  while (PAIR.lastIndex < header.length) {
    const pair = PAIR.exec(header)
    if (!pair) return null
    const [, name = '', quoted, token = '', end] = pair
    if (name.toLowerCase() === 'for')
      node = nodeAddress(quoted?.replaceAll(/\\(.)/g, '$1') ?? token)
    if (end === ';') continue
    hops.push(node)
    node = null
  }
  return hops
}

/** What attempts are counted by: an IPv4 address, or the /64 network that one customer of a provider has of IPv6. */
export function clientNetwork(address: string): string {
  if (!isIpv6(address)) return address
  const groups = address.split('::')
  const left = (groups[0] as string).split(':').filter(Boolean)
  const right = (groups[1] ?? '').split(':').filter(Boolean)
  const zeros =
    groups.length === 2 ? new Array<string>(8 - left.length - right.length).fill('0') : []
  const network = [...left, ...zeros, ...right].slice(0, 4).join(':')
  return `${canonicalAddress(`${network}::`)}/64`
}
