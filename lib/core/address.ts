import * as z from 'zod'

const Ipv6 = z.ipv6()

/** Characters of an IPv6 address with an IPv4 one in it, the longest form. */
export const ADDRESS_MAX = 45
export const ADDRESS_HINT = 'Enter a valid IP address. For example: 10.0.0.4'

export function isIpv4(text: string): boolean {
  return z.regexes.ipv4.test(text)
}

export function isIpv6(text: string): boolean {
  return Ipv6.safeParse(text).success
}

/**
 * One spelling for each address, so that the same server is recognised however it is written:
 * IPv6 compressed and in lower case (RFC 5952), v4-mapped IPv6 as its IPv4 address.
 */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address
  // The URL parser writes IPv6 hosts as RFC 5952 says.
  const host = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host)
  if (!mapped) return host
  const high = Number.parseInt(mapped[1] as string, 16)
  const low = Number.parseInt(mapped[2] as string, 16)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** API field `server_ip[]`: an IPv4 or IPv6 address, in canonical spelling. */
export const ServerAddress = z
  .string({ error: ADDRESS_HINT })
  .trim()
  .max(ADDRESS_MAX, { error: ADDRESS_HINT })
  .refine((text) => isIpv4(text) || isIpv6(text), { error: ADDRESS_HINT })
  .transform(canonicalAddress)

export const SERVERS_MAX = 1000

/** API field `server_ip`: a backend's servers; none repeated. */
export const ServerAddresses = z
  .array(ServerAddress)
  .max(SERVERS_MAX, { error: `A backend can have at most ${SERVERS_MAX} servers.` })
  .superRefine((addresses, context) => {
    const seen = new Map<string, number>()
    addresses.forEach((address, index) => {
      const first = seen.get(address)
      if (first === undefined) {
        seen.set(address, index)
        return
      }
      context.addIssue({
        code: 'custom',
        path: [index],
        message: `${address} is already in the list (line ${first + 1}).`,
      })
    })
  })
