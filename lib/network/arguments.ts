import { parseArgs } from 'node:util'
import { parseNetworks, type Range } from '#lib/core/networks.ts'
import { type Clocks, clocksProblem, DEFAULT_CLOCKS } from './clocks.ts'

export type HelperArguments = {
  runDirectory: string
  /** The interface that HA IPs are reached through. */
  interface: string
  networks: Range[]
  clocks: Clocks
  /** The user besides root that may open the socket. */
  owner: number
}

const OPTIONS = {
  'run-directory': { type: 'string' },
  interface: { type: 'string' },
  networks: { type: 'string' },
  'advert-ms': { type: 'string' },
  'lease-ms': { type: 'string' },
  owner: { type: 'string' },
} as const

/**
 * The arguments of the helper's process. They fix what no command can widen.
 * @throws Error in a sentence
 */
export function parseArguments(args: string[]): HelperArguments {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true })
  const { 'run-directory': runDirectory, interface: name } = values
  // keepalived's configuration has both as words.
  if (!runDirectory || !/^\/[\w./-]+$/.test(runDirectory)) {
    throw new Error(
      '--run-directory must be an absolute path of letters, digits, ".", "_" and "-".',
    )
  }
  if (!name || !/^[\w.-]{1,15}$/.test(name)) {
    throw new Error('--interface must be the name of a network interface. For example: eth0')
  }
  const networks = parseNetworks('--networks', values.networks ?? '', '10.99.1.0/24')
  if (networks.length === 0) throw new Error('--networks must name where HA IPs come from.')
  const clocks = {
    advertMs: wholeNumber('--advert-ms', values['advert-ms'] ?? `${DEFAULT_CLOCKS.advertMs}`),
    leaseMs: wholeNumber('--lease-ms', values['lease-ms'] ?? `${DEFAULT_CLOCKS.leaseMs}`),
  }
  const problem = clocksProblem(clocks)
  if (problem) throw new Error(problem)
  const owner = wholeNumber('--owner', values.owner ?? '0')
  return { runDirectory, interface: name, networks, clocks, owner }
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} must be a whole number.`)
  return Number(text)
}
