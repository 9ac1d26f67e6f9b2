import { networkInterfaces } from 'node:os'

/** An interface of this host, and its first IPv4 address. */
export type HostInterface = { name: string; address: string }

/** All interfaces with an IPv4 address. */
function all(): HostInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ({ name, address })),
  )
}

/** The IPv4 address of an interface; null if it has none. */
export function addressOn(name: string): string | null {
  return all().find((one) => one.name === name)?.address ?? null
}

/** The interface that has an address; null if none has. */
export function interfaceWith(address: string): HostInterface | null {
  return all().find((one) => one.address === address) ?? null
}
