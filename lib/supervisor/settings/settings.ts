import { parseArgs } from 'node:util'
import { type ConsoleOptions, consoleOptions } from './console-settings.ts'
import { type ControlPlaneOptions, readControlPlaneOptions } from './control-plane-settings.ts'
import type { Environment } from './environment.ts'
import { type HostNetworks, interfaceOf } from './ip-pools.ts'
import { type ListenSettings, readListenSettings, urlOf } from './listen-settings.ts'
import { type NodeOptions, readNodeOptions } from './node-settings.ts'
import { parseRoles, type Role, requireControlPlane } from './roles.ts'

/** The settings of an installation, checked: the supervisor's own, and those of each role that it starts. */
export type Settings = Pick<
  ListenSettings,
  'host' | 'consolePort' | 'apiPort' | 'dataDir' | 'publicOrigin'
> & {
  /** Whether to start the demo servers. */
  demo: boolean
  roles: ReadonlySet<Role>
  /** The interface on which this machine has HA IPs; null if it answers for them already, or has no nodes. */
  hostNetworks: HostNetworks | null
  nodes: NodeOptions
  controlPlane: ControlPlaneOptions
  console: ConsoleOptions
}

function parseArguments(args: string[]): { demo: boolean } {
  try {
    return {
      demo: parseArgs({ args, options: { demo: { type: 'boolean' } } }).values.demo ?? false,
    }
  } catch {
    throw new Error(`The only option is --demo, but this was given: ${args.join(' ')}`)
  }
}

/**
 * Reads the environment and the arguments of `npm start`. No other process parses them: each child gets its settings checked, as JSON.
 * @throws Error with a one-line message: the first problem
 */
export function readSettings(env: Environment, args: string[]): Settings {
  const { demo } = parseArguments(args)
  const listen = readListenSettings(env)
  const controlPlane = readControlPlaneOptions(env, listen)
  const roles = parseRoles(env.FAIRLEAD_ROLES)
  requireControlPlane(roles)
  const { host, consolePort, apiPort, dataDir, publicOrigin } = listen
  const access = { apiUrls: [urlOf(host, apiPort)], dataDir }
  return {
    host,
    consolePort,
    apiPort,
    dataDir,
    publicOrigin,
    demo,
    roles,
    hostNetworks: roles.has('node') ? interfaceOf(Object.values(controlPlane.pools)) : null,
    nodes: readNodeOptions(env, access, controlPlane.egress),
    controlPlane,
    console: consoleOptions(listen),
  }
}
