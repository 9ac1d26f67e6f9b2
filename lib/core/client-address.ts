import { canonicalAddress, isIpv4, isIpv6 } from './address.ts'
import { inNetworks, type Networks, parseNetworks } from './networks.ts'

const PROXIES_NAME = 'FAIRLEAD_TRUSTED_PROXIES'

/** The peer's address and the forwarding headers of a request; undefined for missing headers. */
export type ForwardedRequest = {
  /** The address of the connection's peer. */
  peer: string
  /** `Forwarded` (RFC 7239). */
  forwarded: string | undefined
  /** `X-Forwarded-For`. */
  forwardedFor: string | undefined
}

/**
 * Parses `FAIRLEAD_TRUSTED_PROXIES`: networks in CIDR notation, separated by commas.
 * @throws Error with a one-line message
 */
export function parseTrustedProxies(text = ''): Networks {
  const networks = parseNetworks(PROXIES_NAME, text, '10.0.0.5,fd00:1::/64')
  const everyAddress = text.split(',').find((subnet) => subnet.trim().endsWith('/0'))
  if (everyAddress === undefined) return networks
  throw new Error(
    `${PROXIES_NAME}: ${everyAddress.trim()} would let every client choose its address. List the networks of your proxies.`,
  )
}

/**
 * The client's address in canonical notation. Headers are read from the right, because each proxy appends its peer's address: the first
 * address that isn't a trusted proxy is the client. Addresses left of it are unverified. If `forwardingProblem` finds a problem, the
 * last known proxy counts as the client.
 */
export function clientAddressOf(source: ForwardedRequest, trusted: Networks): string {
  const near = plainAddress(source.peer)
  if (near === null) return source.peer
  const clients = clientsIn(near, source, trusted)
  const [client] = clients ?? []
  return client !== undefined && clients?.size === 1 ? client : near
}

/**
 * Why the client of a trusted proxy is ambiguous, as a sentence; null if it is clear. Such a request is rejected: the proxy passes on a
 * header that the client wrote.
 */
export function forwardingProblem(source: ForwardedRequest, trusted: Networks): string | null {
  const near = plainAddress(source.peer)
  const clients = near === null ? new Set() : clientsIn(near, source, trusted)
  if (clients === null) return 'The Forwarded header is malformed.'
  if (clients.size < 2) return null
  return 'X-Forwarded-For and Forwarded name different clients. Configure the proxy to remove the header that it does not set.'
}

/** The distinct clients in the headers, normally one at most; null if `Forwarded` is malformed. */
function clientsIn(
  near: string,
  { forwarded, forwardedFor }: ForwardedRequest,
  trusted: Networks,
): Set<string> | null {
  if (!inNetworks(near, trusted)) return new Set()
  const hops = forwarded === undefined ? [] : forwardedHops(forwarded)
  if (hops === null) return null
  const hopLists = [
    forwarded === undefined ? [] : [hops],
    forwardedFor === undefined ? [] : [forwardedFor.split(',').map(nodeAddress)],
  ].flat()
  return new Set(hopLists.map((one) => clientOf(near, one, trusted)))
}

/** Follows the trusted proxies back to the client. */
function clientOf(near: string, hops: readonly (string | null)[], trusted: Networks): string {
  let known = near
  for (const hop of hops.toReversed()) {
    if (hop === null || !inNetworks(known, trusted)) break
    known = hop
  }
  return known
}

/** The canonical notation without an IPv6 zone; null if it isn't an address. */
function plainAddress(text: string): string | null {
  const address = text.split('%')[0] as string
  return isIpv4(address) || isIpv6(address) ? canonicalAddress(address) : null
}

/** Parses an address with or without a port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. Null for identifiers such as "unknown". */
function nodeAddress(text: string): string | null {
  const node = text.trim()
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(node)?.[1]
  const dotted = /^([\d.]+):\d{1,5}$/.exec(node)?.[1]
  return plainAddress(bracketed ?? dotted ?? node)
}

/** A `name=value` pair of RFC 7239 section 4 with its delimiter. Many proxies omit the quotes around an address with a port. */
const PAIR = /\s*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~:[\]-]+))\s*(;|,|$)/y

/** The `for` addresses of a `Forwarded` header, in order; null if the header is malformed. */
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

/** The network that a client is counted by: its IPv4 address, or its IPv6 /64, which usually belongs to one customer. */
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
