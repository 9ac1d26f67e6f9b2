/** Each test process has 16 loopback networks of its own, so that test runs on one machine don't conflict. */
const PER_PROCESS = 16
const FIRST_OCTET = 64
const OCTETS = 160

let given = 0

/** The next unused /24 network of this process, without the last octet: "127.70.16". */
export function ownNetwork(): string {
  const index = (process.pid * PER_PROCESS + (given++ % PER_PROCESS)) % (OCTETS * 256)
  return `127.${FIRST_OCTET + Math.floor(index / 256)}.${index % 256}`
}

/** Addresses in an unused network of this process. */
export function ownAddresses(count: number): string[] {
  const network = ownNetwork()
  return Array.from({ length: count }, (_, index) => `${network}.${index + 1}`)
}
