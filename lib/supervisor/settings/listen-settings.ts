import { isIP } from 'node:net'
import { parseTrustedProxies } from '#lib/core/client-address.ts'
import { parseAllowedHosts, parsePublicUrl } from '#lib/core/known-hosts.ts'
import type { ConsoleSettings } from '#lib/protocol/settings/console-settings.ts'
import { dataDirOf } from '../data-dir.ts'
import { type Environment, readPort } from './environment.ts'

/** What the supervisor, the console and the control plane share: where they listen, for whom, and the data directory. */
export type ListenSettings = Pick<
  ConsoleSettings,
  'host' | 'trustedProxies' | 'publicOrigin' | 'allowedHosts'
> & {
  consolePort: number
  apiPort: number
  /** An absolute path. */
  dataDir: string
}

/**
 * Reads `HOST`, `PORT`, `FAIRLEAD_API_PORT`, `FAIRLEAD_DATA_DIR`, `FAIRLEAD_TRUSTED_PROXIES`, `FAIRLEAD_PUBLIC_URL` and
 * `FAIRLEAD_ALLOWED_HOSTS`.
 * @throws Error with a one-line message: the first problem
 */
export function readListenSettings(env: Environment): ListenSettings {
  const consolePort = readPort(env, 'PORT', 3000)
  const apiPort = readPort(env, 'FAIRLEAD_API_PORT', 3001)
  if (consolePort === apiPort) {
    throw new Error(`PORT and FAIRLEAD_API_PORT are both ${apiPort}. Each needs its own.`)
  }
  return {
    host: parseHost(env.HOST),
    consolePort,
    apiPort,
    dataDir: dataDirOf(env),
    trustedProxies: parseTrustedProxies(env.FAIRLEAD_TRUSTED_PROXIES),
    publicOrigin: parsePublicUrl(env.FAIRLEAD_PUBLIC_URL),
    allowedHosts: parseAllowedHosts(env.FAIRLEAD_ALLOWED_HOSTS),
  }
}

function parseHost(text: string | undefined): string {
  const host = text || '127.0.0.1'
  if (isIP(host) || /^[A-Za-z0-9.-]+$/.test(host)) return host
  throw new Error('HOST must be an IP address or a host name. For example: 127.0.0.1')
}

/** The URL of a port of this installation, for people and for the processes on this machine. */
export function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
