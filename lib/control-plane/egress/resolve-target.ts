import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { contain } from '#lib/process/faults.ts'

/** The egress policy denies a target. `message` is a sentence for the operator. */
export class EgressDenied extends Error {}

/** A host with its addresses, all of them allowed by the egress policy. */
export type Resolved = { host: string; port: number; addresses: LookupAddress[] }

/**
 * Resolves a host name once. An address resolves to itself.
 * @throws EgressDenied if any of its addresses is denied; Node's DNS errors
 */
export async function resolveTarget(
  { host, port }: { host: string; port: number },
  denied: (target: { address: string; port: number }) => string | null,
): Promise<Resolved> {
  const addresses = await lookup(host, { all: true })
  for (const { address } of addresses) {
    const reason = denied({ address, port })
    if (reason) throw new EgressDenied(reason)
  }
  return { host, port, addresses }
}

/** A `lookup` for sockets that returns the resolved addresses, which prevents DNS rebinding. */
export function pinnedLookup({ addresses }: Resolved): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses
    const answer = contain(
      'notification',
      () => {
        if (options.all) callback(null, addresses)
        else callback(null, first?.address ?? '', first?.family)
      },
      (fault) => callback(fault as Error, ''),
    )
    process.nextTick(answer)
  }
}

/** The host of a URL, without the brackets of an IPv6 address. */
export function hostOfUrl({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}
