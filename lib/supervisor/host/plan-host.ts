import {
  controlPlanesOf,
  controlPlaneUrl,
  readIdentity,
} from '#lib/node/transport/node-identity.ts'
import { joinedNodeFile } from '../data-dir.ts'
import type { Plan } from '../plan.ts'
import type { Environment } from '../settings/environment.ts'
import { readHostOptions } from '../settings/host-settings.ts'
import { HostInstallation, removalMessage } from './host-installation.ts'

/** What a joined host runs. @throws Error in one line, with the first problem */
export function planHost(dataDir: string, env: Environment, args: string[]): Plan {
  const identityFile = joinedNodeFile(dataDir)
  const identity = readIdentity(identityFile)
  if (!identity) throw new Error(`${identityFile} is missing.`)
  if (identity.removed) throw new Error(removalMessage(identity))
  const { name } = identity.node
  if (args.length > 0) {
    throw new Error(`A joined node takes no options, but this was given: ${args.join(' ')}`)
  }
  const access = { apiUrls: controlPlanesOf(identity).map(controlPlaneUrl), dataDir }
  const nodes = readHostOptions(env, access, identity.egress)
  return {
    dataDir,
    prepare: async (_waitMs, end) =>
      new HostInstallation({ dataDir, identityFile, identity, nodes, end }),
    readyLine: `Fairlead node ${name} is ready`,
  }
}
