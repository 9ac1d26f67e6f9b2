import { existsSync } from 'node:fs'
import { errorMessage } from '#lib/process/file-problem.ts'
import { print } from '../terminal.ts'
import { FOREIGN_SOCKET } from './helper-process.ts'
import { parseJoinArguments } from './join-arguments.ts'
import { joinHost } from './join-host.ts'
import { preparePrograms } from './packages.ts'

/** Joins this host as a node, or prints why that isn't possible and exits with 1. */
export async function join(args: string[]): Promise<void> {
  try {
    const target = parseJoinArguments(args)
    requireRights()
    preparePrograms()
    const { node } = await joinHost(target, process.env)
    print(`Joined as ${node.name}, cluster ${node.cluster} of ${node.region}.`)
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
