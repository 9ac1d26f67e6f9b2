import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { contain } from '#lib/process/faults.ts'

/** The egress policy denies a target. `message`: why, as a sentence for the operator. */
export class EgressDenied extends Error {}

/** A host and its addresses, all of them allowed. */
export type Resolved = { host: string; port: number; addresses: LookupAddress[] }

/**
 * Resolves a host once, an address to itself.
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

/** A `lookup` for sockets that answers with what has been resolved: the name can't come to mean another address in between. */
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
