import type { EgressPolicy } from '#lib/protocol/egress-policy.ts'
import type { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import type { Environment } from './environment.ts'
import { type NodeOptions, readNodeOptions } from './node-settings.ts'
import { requireNodeOnly } from './roles.ts'

/**
 * Reads the settings of a joined host.
 * @param egress the egress policy that the control plane has told it
 * @throws Error with a one-line message, for the first problem
 */
export function readHostOptions(
  env: Environment,
  access: Pick<NodeSettings, 'apiUrls' | 'dataDir'>,
  egress: EgressPolicy,
): NodeOptions {
  requireNodeOnly(env.FAIRLEAD_ROLES)
  return readNodeOptions(env, access, egress)
}

/** Checks the settings of a host before it joins. @throws Error with a one-line message, for the first problem */
export function checkHostSettings(env: Environment): void {
  const access = { apiUrls: ['https://control-plane.invalid'], dataDir: '/' }
  readHostOptions(env, access, { ownPorts: [], loopback: true, pools: [] })
}
