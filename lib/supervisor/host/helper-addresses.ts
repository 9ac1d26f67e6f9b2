import { inNetworks, type Networks } from '#lib/core/networks.ts'
import type { HostAddress as HelperAddress } from '#lib/network/messages.ts'
import type { HostAddress } from '../address-ownership/host-network.ts'

type HelperAddresses = {
  set: HelperAddress[]
  /** Why HA IPs that hosts share are not among them, as a sentence; null if all are. */
  problem: string | null
}

/**
 * The addresses that the network helper is to add. Leaves out those of other networks, which this machine has already.
 * @param isWaiting whether the helper doesn't have the pair yet. On a pair of other hosts an address is fenced
 */
export function helperAddresses(
  addresses: readonly HostAddress[],
  networks: Networks,
  isWaiting: (pair: number) => boolean,
): HelperAddresses {
  const [own, others] = [true, false].map((isOwn) =>
    addresses.filter(({ address }) => inNetworks(address, networks) === isOwn),
  )
  const set = (own ?? [])
    .filter(({ carrier }) => carrier === null || !isWaiting(carrier.pair))
    .map(({ address, carrier }) => ({ address, carriage: carrier }))
  const outside = others?.find(({ carrier }) => carrier !== null)
  const problem = outside
    ? `${outside.address} is in no network of HA IPs that this host has. Add its network to FAIRLEAD_IP_POOLS of the control plane.`
    : null
  return { set, problem }
}
