/** Loopback networks of a test process's own, so that test runs on one machine don't meet: 16 for each process. */
const PER_PROCESS = 16
const FIRST_OCTET = 64
const OCTETS = 160

let given = 0

/** The next /24 network that is this process's own, without its last octet: "127.70.16". */
export function ownNetwork(): string {
  const index = (process.pid * PER_PROCESS + (given++ % PER_PROCESS)) % (OCTETS * 256)
  return `127.${FIRST_OCTET + Math.floor(index / 256)}.${index % 256}`
}

/** Addresses in a network of this process's own. */
export function ownAddresses(count: number): string[] {
  const network = ownNetwork()
  return Array.from({ length: count }, (_, index) => `${network}.${index + 1}`)
}
