import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DEFAULT_RETENTION } from '#lib/control-plane/audit/retention.ts'
import { defaultKeyFile } from '#lib/control-plane/secrets/key-file.ts'
import { settingsVariable } from '#lib/protocol/settings/child-settings.ts'
import { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'
import type { ControlPlaneToSupervisor } from '#lib/protocol/supervision.ts'
import { ACCESS_KEY, SECRET_KEY } from './running-control-plane.ts'
import { TEST_NODES } from './test-nodes.ts'
import { testPools } from './test-pools.ts'

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** What differs from the settings of `startProcess`, and variables that are not settings. */
type Changes = { settings?: Partial<ControlPlaneSettings>; env?: Record<string, string> }

/** Starts the process as the supervisor does, and waits until it says that it is ready. */
export async function startProcess(
  dataDir: string,
  port: number,
  { settings = {}, env = {} }: Changes = {},
): Promise<ChildProcess> {
  const databaseFile = join(dataDir, 'fairlead.db')
  const pools = testPools({ 'fr-par': '10.200.0.0/16' })
  const variable = settingsVariable(ControlPlaneSettings, {
    host: '127.0.0.1',
    port,
    databaseFile,
    database: null,
    keyFile: defaultKeyFile(databaseFile),
    pools,
    admin: null,
    credentials: { accessKey: ACCESS_KEY, secretKey: SECRET_KEY },
    requestRate: { perSecond: 500, burst: 5000 },
    replaceBackupAfterMs: null,
    failbackMs: null,
    nodeAddress: null,
    hasLocalNodes: true,
    nodes: TEST_NODES,
    bffSecret: null,
    trustedProxies: [],
    publicOrigin: null,
    allowedHosts: [],
    smtp: null,
    egress: {
      ownPorts: [port],
      // The servers that tests name are on this machine.
      loopback: true,
      pools: Object.values(pools),
      webhookNetworks: null,
    },
    audit: { retention: DEFAULT_RETENTION, syslog: null },
    ...settings,
  })
  const cache = join(import.meta.dirname, '../../../node_modules/.cache/fairlead')
  const main = join(import.meta.dirname, '../../control-plane/main.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env: { ...process.env, NODE_COMPILE_CACHE: cache, ...variable, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.on('message', ({ type }: ControlPlaneToSupervisor) => type === 'ready' && resolve())
    child.once('exit', (code) => reject(new Error(`The control plane ended with ${code}`)))
  })
  return child
}

export const exited = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve))
