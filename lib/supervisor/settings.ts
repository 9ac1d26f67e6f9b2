import { parseArgs } from 'node:util'
import { readRetention } from '#lib/control-plane/audit/retention.ts'
import { readSyslogTarget } from '#lib/control-plane/audit/syslog/syslog-target.ts'
import {
  DEFAULT_IP_POOLS,
  parseAdmin,
  parseCredentials,
  parseHost,
  parseIpPools,
  parsePort,
  parseRequestRate,
  readKnownHosts,
} from '#lib/control-plane/config.ts'
import { readEgress } from '#lib/control-plane/egress/egress-settings.ts'
import { readNotificationSettings } from '#lib/control-plane/notifications/settings.ts'
import { keyFileOf } from '#lib/control-plane/secrets/key-file.ts'
import { parseTrustedProxies } from '#lib/core/client-address.ts'
import { type EgressPolicy, LOOPBACK_SETTING } from '#lib/protocol/egress-policy.ts'
import { databaseFileOf, dataDirOf } from './data-dir.ts'
import { type NodeOptions, readNodeOptions } from './node-options.ts'

/** What `npm start` was told, checked. */
export type Settings = {
  host: string
  consolePort: number
  apiPort: number
  /** An absolute path. */
  dataDir: string
  demo: boolean
  nodes: NodeOptions
  /** What nodes may send to. */
  egress: EgressPolicy
  /** The outside address of the console; null where none is set. */
  publicUrl: string | null
  /** Variables that name the hosts of console and API, checked but in their own spelling. */
  hosts: Record<string, string>
  /** The rest of the environment that the control plane reads, checked but in its own spelling. */
  controlPlane: Record<string, string>
}

const CONTROL_PLANE_VARIABLES = [
  'FAIRLEAD_ADMIN_EMAIL',
  'FAIRLEAD_ADMIN_PASSWORD',
  'FAIRLEAD_ACCESS_KEY',
  'FAIRLEAD_SECRET_KEY',
  'FAIRLEAD_API_RATE',
  'FAIRLEAD_AUDIT_DAYS',
  'FAIRLEAD_AUDIT_LINES',
  'FAIRLEAD_AUDIT_SYSLOG',
  'FAIRLEAD_AUDIT_SYSLOG_CA',
  'FAIRLEAD_LOOPBACK_SERVERS',
  'FAIRLEAD_WEBHOOK_NETWORKS',
  'FAIRLEAD_SMTP_URL',
  'FAIRLEAD_SMTP_FROM',
  'FAIRLEAD_TRUSTED_PROXIES',
] as const

const HOST_VARIABLES = ['FAIRLEAD_PUBLIC_URL', 'FAIRLEAD_ALLOWED_HOSTS'] as const

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
 * Reads the environment and the arguments of `npm start`. A variable that is set but empty counts as unset.
 * @throws Error with the first problem, in one line.
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  args: string[],
): Settings {
  const { demo } = parseArguments(args)
  const consolePort = parsePort('PORT', env.PORT || '3000')
  const apiPort = parsePort('FAIRLEAD_API_PORT', env.FAIRLEAD_API_PORT || '3001')
  if (consolePort === apiPort) {
    throw new Error(`PORT and FAIRLEAD_API_PORT are both ${apiPort}. Each needs its own.`)
  }
  const dataDir = dataDirOf(env)
  const pools = env.FAIRLEAD_IP_POOLS || DEFAULT_IP_POOLS
  const egress = readEgress(
    { ...env, PORT: String(consolePort), FAIRLEAD_API_PORT: String(apiPort) },
    Object.values(parseIpPools(pools)),
  )
  parseAdmin(env.FAIRLEAD_ADMIN_EMAIL, env.FAIRLEAD_ADMIN_PASSWORD)
  parseCredentials(env.FAIRLEAD_ACCESS_KEY, env.FAIRLEAD_SECRET_KEY)
  readNotificationSettings(env, egress)
  parseRequestRate(env.FAIRLEAD_API_RATE)
  readRetention(env)
  readSyslogTarget(env)
  parseTrustedProxies(env.FAIRLEAD_TRUSTED_PROXIES)
  const host = parseHost(env.HOST || undefined)
  const { publicOrigin } = readKnownHosts(host, env)
  const passedOn = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, env[name] ?? '']))
  return {
    host,
    consolePort,
    apiPort,
    dataDir,
    demo,
    nodes: readNodeOptions(env),
    publicUrl: publicOrigin,
    hosts: passedOn(HOST_VARIABLES),
    egress: nodePolicy(egress, env),
    controlPlane: {
      ...passedOn(CONTROL_PLANE_VARIABLES),
      FAIRLEAD_IP_POOLS: pools,
      FAIRLEAD_SECRETS_KEY_FILE: keyFileOf(env, databaseFileOf(dataDir)),
    },
  }
}

/**
 * The egress policy of nodes. They go on with servers on this machine that were saved before there were other highly available
 * IPs, unless the setting itself refuses them.
 */
function nodePolicy(
  { ownPorts, pools }: EgressPolicy,
  env: Readonly<Record<string, string | undefined>>,
): EgressPolicy {
  return {
    ownPorts,
    loopback: env[LOOPBACK_SETTING] !== 'refuse',
    pools: pools.map(({ ranges }) => ({ ranges })),
  }
}

/** The URL of a port of this installation, for people and for the processes on this machine. */
export function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
