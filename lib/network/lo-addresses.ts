import { runProgram } from './programs.ts'

/** Marks the addresses of the loopback interface that are the helper's. */
const LABEL = 'lo:fairlead'

type Listing = { ifname: string; addr_info: { local?: string; label?: string }[] }[]

/** All IPv4 addresses of this host: the helper's, and the interface of each other one. */
export async function readAddresses(): Promise<{
  own: Set<string>
  others: Map<string, string>
}> {
  const listing = JSON.parse(await runProgram('ip', ['-json', '-4', 'addr', 'show'])) as Listing
  const own = new Set<string>()
  const others = new Map<string, string>()
  for (const { ifname, addr_info } of listing) {
    for (const { local, label } of addr_info) {
      if (!local) continue
      if (label === LABEL) own.add(local)
      else others.set(local, ifname)
    }
  }
  return { own, others }
}

/** Adds addresses to the loopback interface, so that this host has them while the fence decides who answers for them. */
export function addLoAddresses(addresses: readonly string[]): Promise<void> {
  return change(addresses.map((address) => `address add ${address}/32 dev lo label ${LABEL}`))
}

export function removeLoAddresses(addresses: readonly string[]): Promise<void> {
  return change(addresses.map((address) => `address delete ${address}/32 dev lo label ${LABEL}`))
}

async function change(commands: string[]): Promise<void> {
  if (commands.length > 0) await runProgram('ip', ['-batch', '-'], `${commands.join('\n')}\n`)
}
