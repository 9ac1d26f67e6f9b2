import { isIpv4, isIpv6 } from './address.ts'

/** A normalized host and port, for comparing and sending. */
export type Authority = {
  /** As `normaliseHost` writes it. */
  host: string
  /** 1 to 65535; null without a port. */
  port: number | null
}

const PORT_MAX = 65_535
const SIMPLE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/
/** A registered name (RFC 3986 section 3.2.2) without commas, which would make the Host field a list. */
const REG_NAME = /^[A-Za-z0-9._~%!$&'()*+;=-]+$/
/** The same with non-ASCII characters, for IDNA. */
const INTERNATIONAL = /^[A-Za-z0-9._~%!$&'()*+;=\-\u0080-\u{10ffff}]+$/u
/** Escapes of unreserved characters, which are equivalent to the characters (RFC 3986 section 6.2.2.2). */
const NEEDLESS_ESCAPE = /%(?:2[de]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5f|7e)/gi
const WELL_ESCAPED = /^(?:[^%]|%[0-9a-f]{2})*$/i
const LABEL = '(?!-)[a-z0-9_-]{1,63}(?<!-)'
const DNS_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`)
const DNS_NAME_MAX = 253

/**
 * Normalises a host: lower case, without trailing dot and needless escapes; an internationalised name in punycode (UTS #46),
 * an IPv6 address compressed (RFC 5952) and in brackets.
 * @returns null if it is not a host (RFC 3986 section 3.2.2)
 */
export function normaliseHost(text: string): string | null {
  if (SIMPLE.test(text)) return text
  if (text.startsWith('[')) return ipv6Literal(text)
  if (!REG_NAME.test(text)) return international(text)
  const unescaped = WELL_ESCAPED.test(text)
    ? text.replace(NEEDLESS_ESCAPE, (octet) => decodeURIComponent(octet))
    : text
  return unescaped.toLowerCase().replace(/(?<=[^.])\.$/, '')
}

function ipv6Literal(text: string): string | null {
  const address = text.endsWith(']') ? text.slice(1, -1) : ''
  return isIpv6(address) ? new URL(`http://[${address}]/`).hostname : null
}

function international(text: string): string | null {
  if (!INTERNATIONAL.test(text) || !text.isWellFormed()) return null
  const url = `http://${text}/`
  if (!URL.canParse(url)) return null
  const { hostname } = new URL(url)
  return REG_NAME.test(hostname) ? normaliseHost(hostname) : null
}

/** The host of an authority, not normalised. */
export function withoutPort(authority: string): string {
  return splitPort(authority).host
}

/** Splits an authority into host and port; `digits` is undefined without a port. */
function splitPort(text: string): { host: string; digits: string | undefined } {
  const match = /:(\d*)$/.exec(text)
  return match
    ? { host: text.slice(0, match.index), digits: match[1] }
    : { host: text, digits: undefined }
}

/** Parses and normalises `host`, `host:port` or `[IPv6 address]:port`; null for anything else. */
export function parseAuthority(text: string): Authority | null {
  const { host: before, digits } = splitPort(text)
  const host = normaliseHost(before)
  const port = digits ? Number(digits) : null
  if (host === null || (port !== null && !(port >= 1 && port <= PORT_MAX))) return null
  return { host, port }
}

/** The inverse of `parseAuthority`. */
export function formatAuthority({ host, port }: Authority): string {
  return port === null ? host : `${host}:${port}`
}

/** The normalized host of a request's authority. An invalid host is only lower-cased, so that it can be compared. */
export function hostOf(authority: string): string {
  const { host } = splitPort(authority)
  return normaliseHost(host) ?? host.toLowerCase()
}

/** Parses and normalises the host of a route or a failover host, a name or an address; null for anything else, and with a port. */
export function parseRouteHost(text: string): string | null {
  const host = normaliseHost(text)
  if (host === null || host.startsWith('[')) return host
  return host.length <= DNS_NAME_MAX && DNS_NAME.test(host) ? host : null
}

/**
 * Parses and normalises a DNS name, as SNI needs it (RFC 6066 section 3).
 * @returns null for addresses, names with a port, and anything else
 */
export function parseDnsName(text: string): string | null {
  const host = parseRouteHost(text)
  return host === null || host.startsWith('[') || isIpv4(host) ? null : host
}
