import * as z from 'zod'

const Ipv6 = z.ipv6()

/** The length of the longest notation: IPv6 with an embedded IPv4 address. */
export const ADDRESS_MAX = 45
export const ADDRESS_HINT = 'Enter a valid IP address. For example: 10.0.0.4'

export function isIpv4(text: string): boolean {
  return z.regexes.ipv4.test(text)
}

export function isIpv6(text: string): boolean {
  return Ipv6.safeParse(text).success
}

/** The canonical notation of an address: IPv6 compressed and in lower case (RFC 5952), IPv4-mapped IPv6 as IPv4. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address
  // The URL parser formats IPv6 as in RFC 5952.
  const host = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host)
  if (!mapped) return host
  const high = Number.parseInt(mapped[1] as string, 16)
  const low = Number.parseInt(mapped[2] as string, 16)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** API field `server_ip[]`: an IPv4 or IPv6 address in canonical notation. */
export const ServerAddress = z
  .string({ error: ADDRESS_HINT })
  .trim()
  .max(ADDRESS_MAX, { error: ADDRESS_HINT })
  .refine((text) => isIpv4(text) || isIpv6(text), { error: ADDRESS_HINT })
  .transform(canonicalAddress)

export const SERVERS_MAX = 1000

/** API field `server_ip`: a backend's servers, without duplicates. */
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
