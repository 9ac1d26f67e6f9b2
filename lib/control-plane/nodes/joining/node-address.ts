import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { NodeAddress } from '#lib/protocol/settings/control-plane-settings.ts'

const WILDCARDS = ['0.0.0.0', '::']

/** The address that other machines dial: `10.0.0.1:3443`. @param publicHost of the console's public URL; null if it has none */
export function dialedAddress({ host, port }: NodeAddress, publicHost: string | null): string {
  const dialed = WILDCARDS.includes(host) ? (publicHost ?? ownAddress() ?? host) : host
  return `${isIPv6(dialed) ? `[${dialed}]` : dialed}:${port}`
}

/** This machine's first IPv4 address that others can reach; null if it has none. */
function ownAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null
}
