import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CpuPriority, setCpuPriority } from '../cpu-priority.ts'
import { waitFor } from '../wait.ts'

/** A running server program, at address:port, with its data in a temporary directory. */
export type ServerProgram = {
  address: string
  port: number
  /** Of its first process; null if it has ended. */
  pid(): number | null
  start(): Promise<void>
  /** Freezes it like a hung process: the kernel still accepts connections for it. */
  freeze(): void
  thaw(): void
  /** Sets its CPU priority until the next start. */
  setPriority(priority: CpuPriority): void
  /** Kills it, like a crash. */
  kill(): Promise<void>
  /** Stops it and deletes its data. */
  remove(): Promise<void>
}

type Launch = {
  /** Its name in error messages. */
  name: string
  address: string
  port: number
  program: string
  args: string[]
  /** From `makeDirectory`; deleted with the server. */
  directory: string
  /** Whether it runs as another user if the tests run as root, which some servers refuse. */
  unprivileged?: boolean
  /** How it is killed. Default: SIGKILL, unless that would leave processes behind. */
  killSignal?: NodeJS.Signals
}

/** `nobody`, on every Linux. */
const NOBODY = { uid: 65_534, gid: 65_534 }

/** The user of programs that refuse to run as root. */
export function unprivileged(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? NOBODY : {}
}

/** A temporary directory for a server's data. @param owner the server's user */
export function makeDirectory(name: string, owner: { uid?: number; gid?: number } = {}): string {
  const directory = mkdtempSync(join(tmpdir(), `fairlead-${name}-`))
  if (owner.uid !== undefined && owner.gid !== undefined) {
    chownSync(directory, owner.uid, owner.gid)
  }
  return directory
}

function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Starts a program and waits until it accepts connections. */
export async function startProgram(launch: Launch): Promise<ServerProgram> {
  const { name, address, port, directory, killSignal = 'SIGKILL' } = launch
  let child: ChildProcess | null = null
  const ended = () => child === null || child.exitCode !== null || child.signalCode !== null
  const server: ServerProgram = {
    address,
    port,
    pid: () => (ended() ? null : (child?.pid ?? null)),
    async start() {
      let said = ''
      const stdio: StdioOptions = ['ignore', 'ignore', 'pipe']
      const user = launch.unprivileged ? unprivileged() : {}
      child = spawn(launch.program, launch.args, { stdio, cwd: directory, ...user })
      child.stderr?.on('data', (data) => {
        said = `${said}${data}`.slice(-2000)
      })
      await waitFor(`${name} accepts`, () => {
        if (ended()) throw new Error(`${name} ended: ${said}`)
        return accepts(address, port)
      })
    },
    freeze() {
      child?.kill('SIGSTOP')
    },
    thaw() {
      child?.kill('SIGCONT')
    },
    setPriority(priority) {
      if (child?.pid) setCpuPriority(child.pid, priority)
    },
    async kill() {
      if (ended()) return
      const exited = new Promise((resolve) => child?.once('exit', resolve))
      server.thaw()
      child?.kill(killSignal)
      await exited
    },
    async remove() {
      await server.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}
