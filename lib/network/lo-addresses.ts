import { networkInterfaces } from 'node:os'
import { runProgram } from './programs.ts'

/** The label of loopback addresses that the helper added. */
const LABEL = 'lo:fairlead'

type Listing = { ifname: string; addr_info: { local?: string; label?: string }[] }[]

/** The IPv4 addresses of this host. The helper added those in `own`; `others` maps each remaining one to its interface. */
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

/** The same `others`, of interfaces that are up, without starting a program. */
export function otherAddresses(): Map<string, string> {
  const others = new Map<string, string>()
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    // The system names such addresses after their label.
    if (name === LABEL) continue
    for (const { address } of addresses) others.set(address, name)
  }
  return others
}

/** Adds addresses to the loopback interface. The peer has them too: the fence decides which host answers. */
export function addLoAddresses(addresses: readonly string[]): Promise<void> {
  return change(addresses.map((address) => `address add ${address}/32 dev lo label ${LABEL}`))
}

export function removeLoAddresses(addresses: readonly string[]): Promise<void> {
  return change(addresses.map((address) => `address delete ${address}/32 dev lo label ${LABEL}`))
}

async function change(commands: string[]): Promise<void> {
  if (commands.length > 0) await runProgram('ip', ['-batch', '-'], `${commands.join('\n')}\n`)
}
