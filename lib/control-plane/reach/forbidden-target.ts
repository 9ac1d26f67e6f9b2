import { networkInterfaces } from 'node:os'
import { canonicalAddress } from '#lib/core/address.ts'
import { forbiddenAddress, isLoopback } from '#lib/core/forbidden-address.ts'

/** Where something is about to be sent on somebody's behalf. */
export type Target = { address: string; port: number }

/**
 * Why nothing is sent there, as a sentence; null where it may be. What this installation itself listens on is forbidden by
 * every address that this machine has: its calls would come from where they are trusted most.
 */
export function forbiddenTarget({ address, port }: Target, ownPorts: number[]): string | null {
  const why = forbiddenAddress(address)
  if (why) return `Nothing is sent to ${address}: it ${why}.`
  if (!ownPorts.includes(port) || !isOwn(address)) return null
  return `Nothing is sent to ${address} port ${port}: Fairlead itself answers there.`
}

function isOwn(address: string): boolean {
  if (isLoopback(address)) return true
  const wanted = canonicalAddress(address)
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return own.some((one) => canonicalAddress(one.address.split('%')[0] as string) === wanted)
}
