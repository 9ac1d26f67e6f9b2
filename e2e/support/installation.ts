import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '#lib/testing/free-port.ts'
import { ownNetwork } from '#lib/testing/loopback.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { descendants, isRunning, type RunningProcess } from './process-tree.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const READY = /^Fairlead is ready: console (\S+) api (\S+)$/m
const READY_TIMEOUT_MS = 120_000

export const ADMIN = { email: 'ada@example.com', password: 'correct horse battery' }

/** A running installation with its own ports, address pools and data directory. */
export type Installation = {
  consoleUrl: string
  apiUrl: string
  accessKey: string
  secretKey: string
  dataDir: string
  /** From the start to the ready line. Milliseconds. */
  readyAfterMs: number
  /** The output so far. */
  output(): string
  processes(): RunningProcess[]
  /** The process with a title such as "fairlead node fr-par-a". */
  process(title: string): RunningProcess
  /** Ctrl-C. Resolves with the exit code when every process has ended. The data directory stays. */
  stop(): Promise<number | null>
  /** `stop`, and deletes the data directory. */
  remove(): Promise<void>
}

/** How an installation is started. */
export type Options = {
  dataDir?: string
  args?: string[]
  env?: Record<string, string>
  /** A program that runs it, with its arguments. */
  wrapper?: string[]
  /** Starts it with this command instead of its first script on this Node. */
  command?: string[]
}

/** Starts Fairlead with its own settings, without waiting for it. */
export async function launch(options: Options = {}) {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'fairlead-'))
  const env = {
    ...process.env,
    PORT: String(await freePort()),
    FAIRLEAD_API_PORT: String(await freePort()),
    FAIRLEAD_DATA_DIR: dataDir,
    FAIRLEAD_IP_POOLS: `fr-par=${ownNetwork()}.0/24,nl-ams=${ownNetwork()}.0/24`,
    FAIRLEAD_ADMIN_EMAIL: ADMIN.email,
    FAIRLEAD_ADMIN_PASSWORD: ADMIN.password,
    FAIRLEAD_ACCESS_KEY: 'SCWTEST0000000000001',
    FAIRLEAD_SECRET_KEY: randomUUID(),
    ...options.env,
  }
  const start = options.command ?? [process.execPath, 'lib/supervisor/launch.mjs']
  const command = [...(options.wrapper ?? []), ...start]
  const [program, ...args] = [...command, ...(options.args ?? [])] as [string, ...string[]]
  // Its own process group, as in a terminal: Ctrl-C reaches all of it.
  const child = spawn(program, args, { cwd: ROOT, env, detached: true, stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const { FAIRLEAD_ACCESS_KEY, FAIRLEAD_SECRET_KEY } = env
  const credentials = { accessKey: FAIRLEAD_ACCESS_KEY, secretKey: FAIRLEAD_SECRET_KEY }
  return { child, env, dataDir, ...credentials, output: () => output }
}

/** Starts Fairlead and waits for its ready line. */
export async function startInstallation(options: Options = {}): Promise<Installation> {
  const startedAt = performance.now()
  const { child, dataDir, accessKey, secretKey, output } = await launch(options)
  const pid = child.pid as number
  const ready = await waitFor(
    'Fairlead is ready',
    () => {
      if (child.exitCode !== null) throw new Error(`It ended: ${output()}`)
      return READY.exec(output())
    },
    READY_TIMEOUT_MS,
  ).catch((error) => {
    process.kill(-pid, 'SIGKILL')
    throw new Error(`${(error as Error).message}\n${output()}`)
  })
  const readyAfterMs = performance.now() - startedAt
  const processes = () => descendants(pid)
  const stop = () => stopGroup(child)
  return {
    consoleUrl: ready[1] as string,
    apiUrl: ready[2] as string,
    accessKey,
    secretKey,
    dataDir,
    readyAfterMs,
    output,
    processes,
    process(title) {
      const found = processes().find((process) => process.title === title)
      if (!found) throw new Error(`No process is called "${title}"`)
      return found
    },
    stop,
    async remove() {
      await stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** Ctrl-C for what `launch` started. Resolves with the exit code when every process has ended. */
export async function stopGroup(child: ChildProcess): Promise<number | null> {
  const pid = child.pid as number
  const all = [pid, ...descendants(pid).map((process) => process.pid)]
  if (child.exitCode === null) {
    const exited = once(child, 'exit')
    process.kill(-pid, 'SIGINT')
    await exited
  }
  await waitFor('every process has ended', () => !all.some(isRunning), 20_000)
  return child.exitCode
}
