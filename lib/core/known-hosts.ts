import { canonicalAddress, isIpv4, isIpv6 } from './address.ts'
import { normaliseHost, parseAuthority, parseRouteHost } from './host.ts'

/**
 * The hosts that console and API accept in `Host`. Requests for other hosts are rejected, which prevents DNS rebinding: a page whose
 * name resolves to this machine sends that name.
 */
export type KnownHosts = {
  /** Normalized. */
  names: ReadonlySet<string>
  /** The public origin of the console, "https://console.example.com"; null if not set. */
  publicOrigin: string | null
}

const EVERY_ADDRESS = ['0.0.0.0', '::']
const ALLOWED_HOSTS_MAX = 100

/**
 * Parses `FAIRLEAD_PUBLIC_URL`, the console's public address, as an origin; null if not set.
 * @throws Error with a one-line message
 */
export function parsePublicUrl(text = ''): string | null {
  if (!text) return null
  const url = URL.canParse(text) ? new URL(text) : null
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  const isBare = url && `${url.origin}/` === url.href
  if (isWeb && isBare && normaliseHost(url.hostname) !== null) return url.origin
  throw new Error(
    'FAIRLEAD_PUBLIC_URL must be the address of the console, without a path. For example: https://console.example.com',
  )
}

/**
 * Parses `FAIRLEAD_ALLOWED_HOSTS`: further host names and addresses, separated by commas.
 * @returns normalized hosts
 * @throws Error with a one-line message
 */
export function parseAllowedHosts(text = ''): string[] {
  const names = text.split(',').flatMap((name) => name.trim() || [])
  if (names.length > ALLOWED_HOSTS_MAX) {
    throw new Error(`FAIRLEAD_ALLOWED_HOSTS can have at most ${ALLOWED_HOSTS_MAX} names.`)
  }
  return names.map((name) => {
    const host = parseRouteHost(isIpv6(name) ? `[${name}]` : name)
    if (host !== null) return host
    throw new Error(
      `FAIRLEAD_ALLOWED_HOSTS: "${name}" is not a host name or an IP address. Leave out schemes, ports and wildcards.`,
    )
  })
}

/** @param listensOn `HOST`, an address or a name */
export function knownHosts(
  listensOn: string,
  publicOrigin: string | null,
  allowedHosts: readonly string[],
): KnownHosts {
  const own = EVERY_ADDRESS.includes(listensOn) ? [] : [literalOf(listensOn)]
  const outside = publicOrigin === null ? [] : [new URL(publicOrigin).hostname]
  const names = [...own, ...outside].map((name) => normaliseHost(name) ?? name)
  return { names: new Set(['localhost', ...names, ...allowedHosts]), publicOrigin }
}

const literalOf = (address: string) => (isIpv6(address) ? `[${address}]` : address)

/**
 * Whether a request is for a known host, or for the local address of its connection.
 * @param authority the `Host` header; its port is ignored, because a proxy may listen on another
 * @param localAddress of the connection's socket
 */
export function isKnownHost(
  { names }: KnownHosts,
  authority: string,
  localAddress: string | undefined,
): boolean {
  const host = parseAuthority(authority)?.host
  if (host === undefined) return false
  if (names.has(host)) return true
  // A link-local address has a zone.
  const local = localAddress?.replace(/%.*$/, '') ?? ''
  if (!isIpv4(local) && !isIpv6(local)) return false
  return normaliseHost(literalOf(canonicalAddress(local))) === unmapped(host)
}

/** An address literal without IPv4 mapping, which dual-stack sockets use. */
const unmapped = (host: string) =>
  host.startsWith('[') ? literalOf(canonicalAddress(host.slice(1, -1))) : host

export function unknownHostMessage(authority: string): string {
  return (
    `Fairlead does not answer for the host "${authority.slice(0, 255)}". Use an address that it listens on, or add the name ` +
    'to FAIRLEAD_ALLOWED_HOSTS and restart Fairlead.'
  )
}
