import { canonicalAddress, isIpv4, isIpv6 } from './address.ts'
import { normaliseHost, parseAuthority, parseRouteHost } from './host.ts'

/**
 * The hosts under which console and API answer. A page that has its own name resolve to this machine (DNS rebinding)
 * sends that name in `Host`, so a request for any other host is refused.
 */
export type KnownHosts = {
  /** Normalised. */
  names: ReadonlySet<string>
  /** The outside origin of the console, "https://console.example.com"; null where none is set. */
  publicOrigin: string | null
}

const EVERY_ADDRESS = ['0.0.0.0', '::']
const ALLOWED_HOSTS_MAX = 100

/**
 * `FAIRLEAD_PUBLIC_URL`, the console's address outside, as an origin; null where it is not set.
 * @throws Error in one line.
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
 * `FAIRLEAD_ALLOWED_HOSTS`: further host names and addresses, separated by commas.
 * @returns them, normalised
 * @throws Error in one line.
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
 * Whether a request is for a known host, or for the very address that its connection came in at.
 * @param authority the `Host` header; its port is of no meaning, as a proxy may have another
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
  // A link-local address has its interface behind it.
  const local = localAddress?.replace(/%.*$/, '') ?? ''
  if (!isIpv4(local) && !isIpv6(local)) return false
  return normaliseHost(literalOf(canonicalAddress(local))) === unmapped(host)
}

/** A literal without the IPv4 mapping of IPv6, which sockets that take both have. */
const unmapped = (host: string) =>
  host.startsWith('[') ? literalOf(canonicalAddress(host.slice(1, -1))) : host

export function unknownHostMessage(authority: string): string {
  return (
    `Fairlead does not answer for the host "${authority.slice(0, 255)}". Use an address that it listens on, or add the name ` +
    'to FAIRLEAD_ALLOWED_HOSTS and start Fairlead again.'
  )
}
