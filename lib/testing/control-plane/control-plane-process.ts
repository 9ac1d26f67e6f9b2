import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { ControlPlaneToSupervisor } from '#lib/protocol/supervision.ts'
import { ACCESS_KEY, SECRET_KEY } from './running-control-plane.ts'
import { TEST_NODES } from './test-nodes.ts'

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts the process as the supervisor does, and waits until it says that it is ready. */
export async function startProcess(
  dataDir: string,
  port: number,
  more: Record<string, string> = {},
): Promise<ChildProcess> {
  const env = {
    ...process.env,
    ...more,
    HOST: '127.0.0.1',
    FAIRLEAD_API_PORT: String(port),
    FAIRLEAD_DATA_DIR: dataDir,
    FAIRLEAD_IP_POOLS: 'fr-par=10.200.0.0/16',
    // The servers that tests name are on this machine.
    FAIRLEAD_LOOPBACK_SERVERS: 'allow',
    FAIRLEAD_ACCESS_KEY: ACCESS_KEY,
    FAIRLEAD_SECRET_KEY: SECRET_KEY,
    FAIRLEAD_NODES: JSON.stringify(TEST_NODES),
    NODE_COMPILE_CACHE: join(import.meta.dirname, '../../../node_modules/.cache/fairlead'),
    ...more,
  }
  const main = join(import.meta.dirname, '../../control-plane/main.ts')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await new Promise<void>((resolve, reject) => {
    child.on('message', ({ type }: ControlPlaneToSupervisor) => type === 'ready' && resolve())
    child.once('exit', (code) => reject(new Error(`The control plane ended with ${code}`)))
  })
  return child
}

export const exited = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve))
