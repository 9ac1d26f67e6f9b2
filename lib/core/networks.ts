import { type AddressNumber, addressNumber, subnetRange } from './subnet.ts'

/** IPv4 and IPv6 networks, as ranges of addresses. */
export type Networks = readonly (readonly [first: AddressNumber, last: AddressNumber])[]

/** The networks of a list in CIDR notation; a plain address is a network of one. */
export function networksOf(subnets: readonly string[]): Networks {
  return subnets.flatMap((subnet) => {
    const range = subnetRange(subnet)
    return range ? [range] : []
  })
}

/** Whether an address, in `canonicalAddress`'s spelling, lies in one of the networks. */
export function inNetworks(address: string, networks: Networks): boolean {
  const number = addressNumber(address)
  return networks.some(
    // An IPv4 address is a number and an IPv6 one a bigint, so that ::7f00:1 isn't 127.0.0.1.
    ([first, last]) => typeof first === typeof number && first <= number && number <= last,
  )
}

/** Whether all addresses of one network, in CIDR notation, lie in a single one of the others. */
export function isWithin(subnet: string, networks: Networks): boolean {
  const range = subnetRange(subnet)
  if (!range) return false
  return networks.some(
    ([first, last]) => typeof first === typeof range[0] && first <= range[0] && range[1] <= last,
  )
}
