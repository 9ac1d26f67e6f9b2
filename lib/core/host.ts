import { isIpv4, isIpv6 } from './address.ts'

/** A host and the port beside it, as both are compared and sent. */
export type Authority = {
  /** As `normaliseHost` writes it. */
  host: string
  /** 1 to 65535; null where none is named. */
  port: number | null
}

const PORT_MAX = 65_535
const SIMPLE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/
/** A registered name of RFC 3986 section 3.2.2, without the comma, which would make a list of a Host field. */
const REG_NAME = /^[A-Za-z0-9._~%!$&'()*+;=-]+$/
/** The same with characters beyond ASCII, which IDNA may have an encoding for. */
const INTERNATIONAL = /^[A-Za-z0-9._~%!$&'()*+;=\-\u0080-\u{10ffff}]+$/u
/** Escapes of letters, digits and `-._~`, which mean the same as these (RFC 3986 section 6.2.2.2). */
const NEEDLESS_ESCAPE = /%(?:2[de]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5f|7e)/gi
const WELL_ESCAPED = /^(?:[^%]|%[0-9a-f]{2})*$/i
const LABEL = '(?!-)[a-z0-9_-]{1,63}(?<!-)'
const DNS_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`)
const DNS_NAME_MAX = 253

/**
 * The one spelling of a host: in lower case, without the dot at its end and needless escapes; an internationalised name in
 * punycode (UTS #46), an IPv6 address compressed (RFC 5952) in its brackets.
 * @returns null for what is no host (RFC 3986 section 3.2.2)
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

/** The host of an authority, as it is written. */
export function withoutPort(authority: string): string {
  return splitPort(authority).host
}

/** Takes an authority apart at its port; the digits are undefined where it has none. */
function splitPort(text: string): { host: string; digits: string | undefined } {
  const match = /:(\d*)$/.exec(text)
  return match
    ? { host: text.slice(0, match.index), digits: match[1] }
    : { host: text, digits: undefined }
}

/** Reads `host`, `host:port` or `[IPv6 address]:port`; null for what is none of these. */
export function parseAuthority(text: string): Authority | null {
  const { host: before, digits } = splitPort(text)
  const host = normaliseHost(before)
  const port = digits ? Number(digits) : null
  if (host === null || (port !== null && !(port >= 1 && port <= PORT_MAX))) return null
  return { host, port }
}

/** The one spelling of an authority. */
export function formatAuthority({ host, port }: Authority): string {
  return port === null ? host : `${host}:${port}`
}

/** The host of a request's authority as it is compared. What is no host has to be something, too: itself, in lower case. */
export function hostOf(authority: string): string {
  const { host } = splitPort(authority)
  return normaliseHost(host) ?? host.toLowerCase()
}

/** The host of a route or a failover host, a name or an address, in its one spelling; null for what is neither, or has a port. */
export function parseRouteHost(text: string): string | null {
  const host = normaliseHost(text)
  if (host === null || host.startsWith('[')) return host
  return host.length <= DNS_NAME_MAX && DNS_NAME.test(host) ? host : null
}

/**
 * A name of the domain name system in its one spelling, as SNI asks for it (RFC 6066 section 3).
 * @returns null for addresses, ports, and whatever else is no such name
 */
export function parseDnsName(text: string): string | null {
  const host = parseRouteHost(text)
  return host === null || host.startsWith('[') || isIpv4(host) ? null : host
}
