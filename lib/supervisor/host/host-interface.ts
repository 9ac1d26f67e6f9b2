import { networkInterfaces } from 'node:os'

/** An interface of this host, and its first IPv4 address. */
export type HostInterface = { name: string; address: string }

function all(): (HostInterface & { internal: boolean })[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family }) => family === 'IPv4')
      .map(({ address, internal }) => ({ name, address, internal })),
  )
}

/** The IPv4 address of an interface; null if it has none. */
export function addressOn(name: string): string | null {
  return all().find((one) => one.name === name)?.address ?? null
}

/** The IPv4 addresses of an interface. */
export function addressesOn(name: string): string[] {
  return all().flatMap((one) => (one.name === name ? one.address : []))
}

/** The interface to other hosts that has an address; null if none has. */
export function interfaceWith(address: string): HostInterface | null {
  const found = all().find((one) => one.address === address && !one.internal)
  return found ? { name: found.name, address } : null
}
