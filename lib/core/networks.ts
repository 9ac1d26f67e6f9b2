import { type AddressNumber, addressNumber, subnetRange } from './subnet.ts'

/** A network's first and last address. */
export type Range = readonly [first: AddressNumber, last: AddressNumber]

/** IPv4 and IPv6 networks. */
export type Networks = readonly Range[]

/** Parses networks in CIDR notation. A plain address is a network of one; invalid entries are skipped. */
export function networksOf(subnets: readonly string[]): Networks {
  return subnets.flatMap((subnet) => {
    const range = subnetRange(subnet)
    return range ? [range] : []
  })
}

/**
 * Parses a setting with networks in CIDR notation, separated by commas.
 * @param example a valid value, for the error
 * @throws Error with a one-line message
 */
export function parseNetworks(name: string, text: string, example: string): Range[] {
  if (text.trim() === '') return []
  return text.split(',').map((entry) => {
    const range = subnetRange(entry.trim())
    if (range) return range
    throw new Error(`${name}: "${entry.trim()}" is not a network. For example: ${example}`)
  })
}

/** Whether an address is in a network. An IPv4 address is in no IPv6 network. */
export function within(address: AddressNumber, [first, last]: Range): boolean {
  // An IPv4 address is a number and an IPv6 one a bigint, so that ::7f00:1 isn't 127.0.0.1.
  return typeof address === typeof first && first <= address && address <= last
}

/** Whether an address in canonical notation is in one of the networks. */
export function inNetworks(address: string, networks: Networks): boolean {
  const number = addressNumber(address)
  return networks.some((network) => within(number, network))
}

/** Whether a network is a subnet of one of the others. */
export function isSubnet(network: Range, networks: Networks): boolean {
  return networks.some((other) => network.every((end) => within(end, other)))
}

/** The same for a network in CIDR notation; false for an invalid one. */
export function isWithin(subnet: string, networks: Networks): boolean {
  const range = subnetRange(subnet)
  return range !== null && isSubnet(range, networks)
}
