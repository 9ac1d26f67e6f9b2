import { existsSync } from 'node:fs'
import type { NodeIdentity } from '#lib/node/transport/node-identity.ts'
import { errorMessage } from '#lib/process/file-problem.ts'
import { checkHostSettings } from '../settings/host-settings.ts'
import { print } from '../terminal.ts'
import { FOREIGN_SOCKET } from './helper-process.ts'
import { addressOn } from './host-interface.ts'
import { parseJoinArguments } from './join-arguments.ts'
import { joinHost } from './join-host.ts'
import { preparePrograms } from './packages.ts'

/** Joins this host as a node, or prints why that isn't possible and exits with 1. */
export async function join(args: string[]): Promise<void> {
  try {
    const target = parseJoinArguments(args)
    checkHostSettings(process.env)
    requireRights()
    preparePrograms()
    const identity = await joinHost(target, process.env)
    const { node } = identity
    print(`Joined as ${node.name}, cluster ${node.cluster} of ${node.region}.`)
    printOtherInterface(identity)
    print('Start it again with "npm start", or as a service.')
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n`)
    process.exit(1)
  }
}

/** @throws Error in one line */
function requireRights(): void {
  if (process.platform !== 'linux') {
    throw new Error(`A node of its own host needs Linux. This is ${process.platform}.`)
  }
  if (process.geteuid?.() === 0 || existsSync(FOREIGN_SOCKET)) return
  throw new Error(
    'Run this as root: a node changes addresses and nftables of its host. Or start the network helper as root ' +
      '(fairlead-network.service), and run this as the user that it serves.',
  )
}

/** The control plane names the interface that hosts usually have HA IPs on. */
function printOtherInterface({ networks, interface: own, node }: NodeIdentity): void {
  if (networks.some((network) => network.interface === own)) return
  const other = networks[0]?.interface
  if (other === undefined || addressOn(other) === null) return
  print(
    `HA IPs will be on ${own}. FAIRLEAD_IP_POOLS of the control plane says ${other}, which this host has too. If that is the right one, ` +
      `remove ${node.name} in the console, and join again with --interface ${other}.`,
  )
}
