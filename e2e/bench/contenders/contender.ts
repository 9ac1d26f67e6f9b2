import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '#lib/testing/wait.ts'
import { descendants } from '../../support/process-tree.ts'

export type ContenderName = 'fairlead' | 'haproxy' | 'nginx'

/** The work of all proxies. */
export type Duty = {
  mode: 'http' | 'tcp'
  /** Sticky sessions by cookie. nginx has none. */
  sticky?: boolean
  /** ACLs and routes (`rules.ts`). nginx is left out: it evaluates them in another order. */
  rules?: boolean
  /** Processes or threads that share the listener. */
  workers: number
}

export type Place = { address: string; port: number }

/** A program of the benchmark, in its own directory. */
export type Running = Place & {
  /** Of all its processes. */
  pids(): number[]
  stop(): Promise<void>
}

export type Contender = Running & { name: ContenderName; workers: number }

/** The address of a proxy, and its servers. */
export type Wiring = Place & { duty: Duty; servers: Place[] }

/** The limit of open files of a process. Child processes inherit it. */
function openFilesLimit(): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return Number(soft)
}

/** The number of connections on both sides: 10,000, or what the limit of open files allows. */
export const MAX_PAIRS = Math.min(10_000, Math.floor(openFilesLimit() / 2) - 250)

/** Starts a command with a new directory, and waits until it listens. */
export async function startListening(
  { address, port }: Place,
  commandIn: (directory: string) => string[],
): Promise<Running> {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-bench-'))
  const [program = '', ...args] = commandIn(directory)
  // The IPC channel closes when the parent exits. Only our own program listens to it.
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const stop = async () => {
    await end(child)
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await waitFor(`${program} listens`, () => {
      if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}`)
      return accepts({ address, port })
    })
  } catch (error) {
    await stop()
    throw error
  }
  const pid = child.pid as number
  const pids = () => [pid, ...descendants(pid).map((process) => process.pid)]
  return { address, port, pids, stop }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  // Not SIGKILL: a master process has to end its workers.
  child.kill('SIGTERM')
  await exited
}

async function accepts({ address, port }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
