import { isIP } from 'node:net'
import { join } from 'node:path'
import * as z from 'zod'
import { Email, NewPassword } from '#lib/core/account.ts'
import { parseTrustedProxies } from '#lib/core/client-address.ts'
import {
  type KnownHosts,
  knownHosts,
  parseAllowedHosts,
  parsePublicUrl,
} from '#lib/core/known-hosts.ts'
import { Region } from '#lib/core/locality.ts'
import type { Networks } from '#lib/core/networks.ts'
import { REGIONS } from '#lib/core/regions.ts'
import { NodeRegistration } from '#lib/protocol/node-registration.ts'
import type { PasswordLimits } from './accounts/password-throttle.ts'
import { type Retention, readRetention } from './audit/retention.ts'
import { readSyslogTarget, type SyslogTarget } from './audit/syslog/syslog-target.ts'
import type { Egress } from './egress/egress.ts'
import { readEgress } from './egress/egress-settings.ts'
import type { Rate } from './http/request-rate.ts'
import { EMPTY_POOL, type Pool, parsePool, poolsOverlap } from './ip-pool.ts'
import { type NotificationSettings, readNotificationSettings } from './notifications/settings.ts'
import { keyFileOf } from './secrets/key-file.ts'

export type Pools = Record<Region, Pool>
export type Credentials = { accessKey: string; secretKey: string }
export type Admin = { email: string; password: string }

/** What the control plane is started with. */
export type Settings = {
  host: string
  /** 0 for any free port. */
  port: number
  databaseFile: string
  /** The key that encrypts the database's secrets. */
  keyFile: string
  pools: Pools
  /** The first account, made if there is none. */
  admin: Admin | null
  /** An API token, made if it is absent. */
  credentials: Credentials | null
  logInFailures: PasswordLimits
  /** How fast an account or a token may ask; null for no limit. */
  requestRate: Rate | null
  /** The nodes that the supervisor runs when the control plane starts. */
  nodes: NodeRegistration[]
  /** What the console shows for its word on a client's address to be believed; null where there is no console. */
  bffSecret: string | null
  /** Proxies that are believed on whom they forward requests for. */
  trustedProxies: Networks
  /** Under which hosts the API answers. */
  known: KnownHosts
  notifications: NotificationSettings
  egress: Egress
  audit: { retention: Retention; syslog: SyslogTarget | null }
}

/**
 * `FAIRLEAD_IP_POOLS`: `fr-par=127.51.0.0/24,nl-ams=127.31.0.0/24+127.31.1.0/24`. A region left out gives no address.
 * @throws Error in one line.
 */
export function parseIpPools(text: string): Pools {
  const pools: Partial<Pools> = {}
  for (const entry of text.split(',')) {
    const [name = '', networks = ''] = entry.split('=').map((part) => part.trim())
    const region = Region.safeParse(name)
    if (!region.success) {
      const known = REGIONS.join(', ')
      throw new Error(`FAIRLEAD_IP_POOLS: "${name}" is not a region. The regions are ${known}.`)
    }
    if (pools[region.data]) throw new Error(`FAIRLEAD_IP_POOLS names ${name} twice.`)
    pools[region.data] = poolNamed(networks)
  }
  const [paris, amsterdam] = [pools['fr-par'] ?? EMPTY_POOL, pools['nl-ams'] ?? EMPTY_POOL]
  if (poolsOverlap(paris, amsterdam)) {
    throw new Error('FAIRLEAD_IP_POOLS: the pools overlap. Give each region its own addresses.')
  }
  return { 'fr-par': paris, 'nl-ams': amsterdam }
}

function poolNamed(networks: string): Pool {
  try {
    return parsePool(networks)
  } catch (error) {
    throw new Error(`FAIRLEAD_IP_POOLS: ${(error as Error).message}`)
  }
}

const AccessKey = z.string().regex(/^SCW[A-Z0-9]{17}$/)

/**
 * `FAIRLEAD_ACCESS_KEY` and `FAIRLEAD_SECRET_KEY`; null where neither is set.
 * @throws Error in one line.
 */
export function parseCredentials(accessKey = '', secretKey = ''): Credentials | null {
  if (!accessKey && !secretKey) return null
  if (!accessKey || !secretKey) {
    throw new Error('FAIRLEAD_ACCESS_KEY and FAIRLEAD_SECRET_KEY go together: set both or none.')
  }
  if (!AccessKey.safeParse(accessKey).success) {
    throw new Error('FAIRLEAD_ACCESS_KEY must be SCW and 17 capital letters or digits.')
  }
  if (!z.guid().safeParse(secretKey).success) {
    throw new Error('FAIRLEAD_SECRET_KEY must be a UUID.')
  }
  return { accessKey, secretKey: secretKey.toLowerCase() }
}

/**
 * `FAIRLEAD_ADMIN_EMAIL` and `FAIRLEAD_ADMIN_PASSWORD`; null where neither is set.
 * @throws Error in one line.
 */
export function parseAdmin(email = '', password = ''): Admin | null {
  if (!email && !password) return null
  if (!email || !password) {
    throw new Error(
      'FAIRLEAD_ADMIN_EMAIL and FAIRLEAD_ADMIN_PASSWORD go together: set both or none.',
    )
  }
  const address = Email.safeParse(email)
  if (!address.success) {
    throw new Error('FAIRLEAD_ADMIN_EMAIL must be an email address. For example: ada@example.com')
  }
  const problem = NewPassword.safeParse(password).error?.issues[0]?.message
  if (problem) throw new Error(`FAIRLEAD_ADMIN_PASSWORD is not usable: ${problem}`)
  return { email: address.data, password }
}

/** A port, 1 to 65535; `name` is the variable that gives it. @throws Error in one line. */
export function parsePort(name: string, text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port
  throw new Error(`${name} must be a port, a whole number from 1 to 65535.`)
}

/** `HOST`: the address to listen on. @throws Error in one line. */
export function parseHost(text = '127.0.0.1'): string {
  if (isIP(text) || /^[A-Za-z0-9.-]+$/.test(text)) return text
  throw new Error('HOST must be an IP address or a host name. For example: 127.0.0.1')
}

/** `FAIRLEAD_NODES`: a JSON array, which the supervisor sets. @throws Error in one line. */
export function parseNodes(text = '[]'): NodeRegistration[] {
  try {
    return z.array(NodeRegistration).parse(JSON.parse(text))
  } catch {
    throw new Error('FAIRLEAD_NODES must be a JSON array of nodes. The supervisor sets it.')
  }
}

export const DEFAULT_IP_POOLS = 'fr-par=127.51.0.0/24,nl-ams=127.31.0.0/24'

/** So many requests at once, in seconds of what is allowed in the long run. */
const BURST_SECONDS = 10

/** `FAIRLEAD_API_RATE`: requests a second of an account or a token; 0 for no limit. @throws Error in one line. */
export function parseRequestRate(text = ''): Rate | null {
  const perSecond = Number(text || 500)
  if (!Number.isInteger(perSecond) || perSecond < 0 || perSecond > 100_000) {
    throw new Error('FAIRLEAD_API_RATE must be a whole number from 0 to 100000.')
  }
  return perSecond === 0 ? null : { perSecond, burst: perSecond * BURST_SECONDS }
}

/** Under which hosts console and API answer, from an environment. @throws Error in one line. */
export function readKnownHosts(
  host: string,
  env: Readonly<Record<string, string | undefined>>,
): KnownHosts {
  const publicOrigin = parsePublicUrl(env.FAIRLEAD_PUBLIC_URL)
  return knownHosts(host, publicOrigin, parseAllowedHosts(env.FAIRLEAD_ALLOWED_HOSTS))
}

/** The control plane's settings from its environment. @throws Error in one line. */
export function readSettings(env: Record<string, string | undefined>): Settings {
  const pools = parseIpPools(env.FAIRLEAD_IP_POOLS ?? DEFAULT_IP_POOLS)
  const databaseFile = join(env.FAIRLEAD_DATA_DIR ?? '.fairlead', 'fairlead.db')
  const egress = readEgress(env, Object.values(pools))
  const host = parseHost(env.HOST)
  return {
    host,
    port: parsePort('FAIRLEAD_API_PORT', env.FAIRLEAD_API_PORT ?? '3001'),
    databaseFile,
    keyFile: keyFileOf(env, databaseFile),
    pools,
    admin: parseAdmin(env.FAIRLEAD_ADMIN_EMAIL, env.FAIRLEAD_ADMIN_PASSWORD),
    credentials: parseCredentials(env.FAIRLEAD_ACCESS_KEY, env.FAIRLEAD_SECRET_KEY),
    logInFailures: { account: 10, address: 30 },
    requestRate: parseRequestRate(env.FAIRLEAD_API_RATE),
    nodes: parseNodes(env.FAIRLEAD_NODES),
    bffSecret: env.FAIRLEAD_BFF_SECRET || null,
    trustedProxies: parseTrustedProxies(env.FAIRLEAD_TRUSTED_PROXIES),
    known: readKnownHosts(host, env),
    notifications: readNotificationSettings(env, egress),
    egress,
    audit: { retention: readRetention(env), syslog: readSyslogTarget(env) },
  }
}
