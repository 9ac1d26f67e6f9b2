import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, write } from 'node:fs'
import { join } from 'node:path'
import { rotateLog } from './log-file.ts'
import type { BoundSocket } from './routing/bind-socket.ts'

/** Which process to run. */
export type ChildSpec = {
  /** As in its title and its log file: "control-plane", "node-fr-par-a". */
  name: string
  /** The TypeScript file it starts with, from the project's root. */
  entry: string
  args?: string[]
  env: Record<string, string>
}

/** How a process ended. */
export type ChildEnd = {
  /** It never said that it was ready. */
  fatal: boolean
  /** Nobody asked it to end, so it is started again. */
  unasked: boolean
  /** What it said last, or how it ended. */
  words: string
}

const BACKOFF_MIN_MS = 100
const BACKOFF_MAX_MS = 5000
/** A process that lived this long had started well: the next failure is a new one. */
const STEADY_MS = 10_000

/**
 * One child process that is started again when it ends, at once the first time and then ever more slowly, until it is
 * stopped. Its output goes to `<data>/logs/<name>.log`; the end of its standard error is kept to say why it failed.
 */
export class Child<Message extends { type: string }> {
  readonly name: string
  /** A message of the running process. */
  onMessage: (message: Message) => void = () => {}
  /** The process has ended. */
  onExit: (end: ChildEnd) => void = () => {}

  readonly #spec: ChildSpec
  readonly #dataDir: string
  #process: ChildProcess | null = null
  #errorOutput = ''
  #wasReady = false
  #stopping = false
  #failures = 0
  #restart: NodeJS.Timeout | null = null

  constructor(spec: ChildSpec, dataDir: string) {
    this.name = spec.name
    this.#spec = spec
    this.#dataDir = dataDir
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  start(): void {
    const startedAt = Date.now()
    const log = openSync(rotateLog(join(this.#dataDir, 'logs', `${this.name}.log`)), 'a')
    const flags = ['--disable-warning=ExperimentalWarning']
    const child = spawn(
      process.execPath,
      [...flags, this.#spec.entry, ...(this.#spec.args ?? [])],
      {
        cwd: join(import.meta.dirname, '..', '..'),
        env: { ...inheritedEnv(), ...this.#spec.env },
        stdio: ['ignore', log, 'pipe', 'ipc'],
      },
    )
    this.#process = child
    this.#errorOutput = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-2000)
      // A full disk costs the line, not the supervisor.
      write(log, text, () => {})
    })
    child.on('message', (message) => {
      // What a process had said when it ended may come after its end, and is its successor's no more than its own.
      if (this.#process !== child) return
      if ((message as Message).type === 'ready') this.#wasReady = true
      this.onMessage(message as Message)
    })
    child.on('error', (error) => this.#ended(child, startedAt, error.message))
    const how = () => child.signalCode ?? `exit code ${child.exitCode}`
    // A successor must not wait for the rest of the output; who asks why it never started must.
    child.on('exit', () => this.#wasReady && this.#ended(child, startedAt, how()))
    child.on('close', () => {
      closeSync(log)
      this.#ended(child, startedAt, how())
    })
  }

  /** Sends a message, with a socket where one belongs to it. A process that is gone misses it. */
  send(message: object, socket?: BoundSocket): void {
    const child = this.#process
    if (!child?.connected) return
    // The types know net.Server and net.Socket; raw handles are sent in just the same way.
    child.send(message, socket as never, (error) => {
      if (error && child.connected) child.kill('SIGKILL')
    })
  }

  /** Ends the running process at once; it is then started again. */
  kill(): void {
    this.#process?.kill('SIGKILL')
  }

  /** Asks the process to end, and makes it end after `graceMs`. Resolves when it has. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    if (this.#restart) clearTimeout(this.#restart)
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    this.send({ type: 'stop' })
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
    await exited
    clearTimeout(timer)
  }

  #ended(child: ChildProcess, startedAt: number, how: string): void {
    // Several events tell of one end, the last when a successor may run already; the first counts.
    if (this.#process !== child) return
    this.#process = null
    const lines = this.#errorOutput.trim()
    const words = lines || `${this.name} ended with ${how}`
    this.onExit({ fatal: !this.#wasReady, unasked: !this.#stopping, words })
    if (this.#stopping) return
    this.#failures = Date.now() - startedAt > STEADY_MS ? 0 : this.#failures + 1
    const delay =
      this.#failures < 2 ? 0 : Math.min(BACKOFF_MIN_MS * 2 ** this.#failures, BACKOFF_MAX_MS)
    this.#restart = setTimeout(() => this.start(), delay)
  }
}

/** The environment without Fairlead's own settings, secrets among them: each process is given those it needs. */
function inheritedEnv(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('FAIRLEAD_'))
  return Object.fromEntries(entries) as NodeJS.ProcessEnv
}
