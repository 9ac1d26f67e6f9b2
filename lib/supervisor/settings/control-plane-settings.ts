import type { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'
import { databaseFileOf } from '../data-dir.ts'
import { parseAdmin, parseCredentials } from './credentials.ts'
import { readDatabaseUrl } from './database-url.ts'
import { readEgress } from './egress.ts'
import { type Environment, readWholeNumber } from './environment.ts'
import { parseIpPools } from './ip-pools.ts'
import { keyFileOf } from './key-file.ts'
import type { ListenSettings } from './listen-settings.ts'
import { parseNodeAddress } from './node-address.ts'
import { readFailback } from './node-settings.ts'
import { readRetention } from './retention.ts'
import { readSmtp } from './smtp.ts'
import { readSyslog } from './syslog.ts'

/** The settings of the control plane that come from the environment; the supervisor chooses the others at each start. */
export type ControlPlaneOptions = Omit<
  ControlPlaneSettings,
  'hasLocalNodes' | 'nodes' | 'bffSecret'
>

/** A burst has the requests of this many seconds. */
const BURST_SECONDS = 10

/**
 * Reads the settings of the control plane.
 * @throws Error with a one-line message: the first problem
 */
export function readControlPlaneOptions(
  env: Environment,
  settings: ListenSettings,
): ControlPlaneOptions {
  const { host, consolePort, apiPort, dataDir } = settings
  const { trustedProxies, publicOrigin, allowedHosts } = settings
  const databaseFile = databaseFileOf(dataDir)
  const pools = parseIpPools(env.FAIRLEAD_IP_POOLS)
  const ownPorts = [apiPort, consolePort]
  const nodeAddress = parseNodeAddress(env.FAIRLEAD_NODE_ADDRESS, ownPorts)
  if (nodeAddress) ownPorts.push(nodeAddress.port)
  const egress = readEgress(env, Object.values(pools), ownPorts)
  return {
    host,
    port: apiPort,
    databaseFile,
    database: readDatabaseUrl(env),
    keyFile: keyFileOf(env, databaseFile),
    pools,
    admin: parseAdmin(env.FAIRLEAD_ADMIN_EMAIL, env.FAIRLEAD_ADMIN_PASSWORD),
    credentials: parseCredentials(env.FAIRLEAD_ACCESS_KEY, env.FAIRLEAD_SECRET_KEY),
    requestRate: parseRequestRate(env.FAIRLEAD_API_RATE),
    nodeAddress,
    replaceBackupAfterMs: parseReplaceBackupAfter(env),
    failbackMs: readFailback(env),
    trustedProxies,
    publicOrigin,
    allowedHosts,
    smtp: readSmtp(env, egress),
    egress,
    audit: { retention: readRetention(env), syslog: readSyslog(env) },
  }
}

/** Parses `FAIRLEAD_API_RATE`: requests per second of an account or a token; 0 for no limit. */
function parseRequestRate(text: string | undefined): ControlPlaneSettings['requestRate'] {
  const perSecond = Number(text || 500)
  if (!Number.isInteger(perSecond) || perSecond < 0 || perSecond > 100_000) {
    throw new Error('FAIRLEAD_API_RATE must be a whole number from 0 to 100000.')
  }
  return perSecond === 0 ? null : { perSecond, burst: perSecond * BURST_SECONDS }
}

/** Parses `FAIRLEAD_REPLACE_BACKUP_AFTER_S`; 0 for never. */
function parseReplaceBackupAfter(env: Environment): number | null {
  const range = { min: 0, max: 604_800 }
  return readWholeNumber(env, 'FAIRLEAD_REPLACE_BACKUP_AFTER_S', 300, range) * 1000 || null
}
