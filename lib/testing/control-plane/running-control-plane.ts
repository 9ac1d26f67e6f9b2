import pino from 'pino'
import { DEFAULT_RETENTION } from '#lib/control-plane/audit/retention.ts'
import { startControlPlane } from '#lib/control-plane/control-plane.ts'
import type { HostLinks } from '#lib/control-plane/nodes/hosts/host-links.ts'
import { TIMING } from '#lib/control-plane/notifications/timing.ts'
import { defaultKeyFile } from '#lib/control-plane/secrets/key-file.ts'
import type { Settings } from '#lib/control-plane/settings.ts'
import { knownHosts } from '#lib/core/known-hosts.ts'
import { networksOf } from '#lib/core/networks.ts'
import type { ControlPlaneToSupervisor } from '#lib/protocol/supervision.ts'
import { newTestDatabase, queryDatabase, type StoreSettings } from './test-database.ts'
import { TEST_NODES } from './test-nodes.ts'
import { testPools } from './test-pools.ts'

export const ACCESS_KEY = 'SCWTESTTESTTESTTEST1'
export const SECRET_KEY = '11111111-2222-4333-8444-555555555555'
export const BFF_SECRET = 'bff-secret'

/** A response: status, headers and JSON body (undefined without one). */
// biome-ignore lint/suspicious/noExplicitAny: responses of every shape.
export type Answered = { status: number; headers: Headers; body: any }

/**
 * Starts a real control plane on a free port, with a new database unless the settings name one. Disposing it stops it.
 */
export async function runControlPlane(
  changes: Partial<Settings> = {},
  log = pino({ level: 'silent' }),
  hosts: HostLinks | null = null,
) {
  const ownDatabase = changes.databaseFile ? null : await newTestDatabase()
  const pools = testPools({ 'fr-par': '127.51.0.0/24', 'nl-ams': '127.31.0.0/24' })
  const settings: Settings = {
    host: '127.0.0.1',
    port: 0,
    ...(ownDatabase?.settings ?? fileSettings(changes.databaseFile ?? '')),
    pools,
    egress: {
      ownPorts: [],
      loopback: true,
      pools: Object.values(pools),
      webhookNetworks: networksOf(['127.0.0.0/8']),
    },
    admin: null,
    credentials: { accessKey: ACCESS_KEY, secretKey: SECRET_KEY },
    logInFailures: { account: 10, address: 30 },
    requestRate: null,
    nodeAddress: null,
    hasLocalNodes: true,
    replaceBackupAfterMs: null,
    failbackMs: null,
    nodes: TEST_NODES,
    bffSecret: BFF_SECRET,
    trustedProxies: [],
    known: knownHosts('127.0.0.1', null, []),
    notifications: { smtp: null, missingSmtp: ['FAIRLEAD_SMTP_URL'], timing: TIMING },
    audit: { retention: DEFAULT_RETENTION, syslog: null },
    ...changes,
  }
  const supervisorMessages: ControlPlaneToSupervisor[] = []
  const running = await startControlPlane(
    settings,
    log,
    (message) => supervisorMessages.push(message),
    hosts,
  )

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = { 'X-Auth-Token': SECRET_KEY },
  ): Promise<Answered> {
    const response = await fetch(running.url + path, {
      method,
      headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text ? JSON.parse(text) : undefined,
    }
  }

  let queries: ReturnType<typeof queryDatabase> | null = null
  const stop = async () => {
    await queries?.close()
    await running.stop()
    await ownDatabase?.remove()
  }
  const { url, nodePort, onSupervisor } = running
  return {
    url,
    nodePort,
    settings,
    supervisorMessages,
    onSupervisor,
    call,
    /** Queries the database, as `queryDatabase` does. */
    get database() {
      queries ??= queryDatabase(settings)
      return queries.database
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const fileSettings = (databaseFile: string): StoreSettings => ({
  ...{ databaseFile, database: null, keyFile: defaultKeyFile(databaseFile) },
})

export type RunningControlPlane = Awaited<ReturnType<typeof runControlPlane>>

/** A complete request for a backend. */
export const backendInput = (changes: object = {}) => ({
  name: 'web',
  forward_protocol: 'http',
  forward_port: 8080,
  health_check: { port: 8080, check_max_retries: 3 },
  server_ip: ['127.0.2.1', '127.0.2.2'],
  ...changes,
})
