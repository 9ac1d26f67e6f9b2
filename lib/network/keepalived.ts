import { type ChildProcess, spawn } from 'node:child_process'
import {
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { contain } from '#lib/process/faults.ts'
import type { Clocks } from './clocks.ts'
import { keepalivedConfig } from './keepalived-config.ts'
import { carriersOf, type LocalPair } from './pairs.ts'
import { PROGRAM_ENVIRONMENT, programPath } from './programs.ts'
import type { RunFiles } from './run-files.ts'

/** A keepalived that ends sooner than this is started again after this time. Milliseconds. */
const RESTART_MS = 1000
/** How long it may take to end. Milliseconds. */
const STOP_MS = 3000
const POLL_MS = 5
/** A longer log is emptied. Bytes. */
const LOG_MAX_BYTES = 1 << 20

export type KeepalivedOptions = { device: string; clocks: Clocks; files: RunFiles }

/**
 * keepalived for one pair: a process of its own, so that no pair's start or end reloads another's. It's detached and outlives the
 * helper; the next helper finds it by its PID file.
 */
export class Keepalived {
  readonly #device: string
  readonly #clocks: Clocks
  readonly #files: RunFiles
  readonly pair: LocalPair
  #isWanted = true
  /** The process, if this helper started it. It has no PID file at first. */
  #child: ChildProcess | null = null
  #startedAt = Number.NEGATIVE_INFINITY

  readonly #onExit: () => void

  /** @param onExit called when the process that this helper started has ended */
  constructor(pair: LocalPair, { device, clocks, files }: KeepalivedOptions, onExit: () => void) {
    this.pair = pair
    this.#onExit = onExit
    this.#device = device
    this.#clocks = clocks
    this.#files = files
  }

  get isRunning(): boolean {
    return this.#child !== null || this.#pid() !== null || this.#vrrpPid() !== null
  }

  /** Starts it unless it runs with this configuration. */
  async start(): Promise<void> {
    const { config, state } = this.#paths
    // A carrier that the former helper gave up for a time would never be given back.
    for (const { vrid } of carriersOf(this.pair)) writeFileSync(this.#files.givenUp(vrid), '0\n')
    const text = keepalivedConfig(this.pair, this.#device, this.#clocks, this.#files)
    if (this.isRunning) {
      if (readFileSync(config, 'utf8') === text) return
      await this.#end()
    }
    writeFileSync(config, text, { mode: 0o600 })
    writeFileSync(state, JSON.stringify(this.pair), { mode: 0o600 })
    this.#spawn()
  }

  /** Starts it again if it has ended, and empties its log if that is long. Called now and then. */
  maintain(): void {
    const { log } = this.#paths
    const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0
    if (size > LOG_MAX_BYTES) truncateSync(log)
    this.#restart()
  }

  /** Ends it for good. It sends priority 0, so that the peer takes over at once. */
  async stop(): Promise<void> {
    this.#isWanted = false
    await this.#end()
    const { state, config, log, pid, vrrpPid } = this.#paths
    for (const file of [state, config, log, pid, vrrpPid]) rmSync(file, { force: true })
    for (const { vrid } of carriersOf(this.pair)) {
      rmSync(this.#files.givenUp(vrid), { force: true })
    }
  }

  /** Kills it, because it hangs. */
  kill(): void {
    for (const pid of [this.#pid(), this.#vrrpPid()]) if (pid) signal(pid, 'SIGKILL')
  }

  get #paths() {
    return this.#files.pair(this.pair.number)
  }

  #restart(): void {
    if (!this.#isWanted || this.#child || this.#pid()) return
    if (performance.now() - this.#startedAt < RESTART_MS) return
    this.#spawn()
  }

  #onEnd(child: ChildProcess): void {
    if (child !== this.#child) return
    this.#child = null
    this.#onExit()
    this.#restart()
  }

  #spawn(): void {
    const { config, log, pid, vrrpPid } = this.#paths
    this.#startedAt = performance.now()
    // A VRRP process whose parent was killed goes on, and would answer beside the new one.
    const orphan = this.#vrrpPid()
    if (orphan) signal(orphan, 'SIGKILL')
    // It takes a zombie whose PID is in such a file for itself.
    for (const file of [pid, vrrpPid]) rmSync(file, { force: true })
    const output = openSync(log, 'a', 0o600)
    try {
      const args = ['--dont-fork', '--log-console', '--vrrp', '--use-file', config]
      args.push('--pid', pid, '--vrrp_pid', vrrpPid)
      const child = spawn(programPath('keepalived'), args, {
        cwd: '/',
        env: PROGRAM_ENVIRONMENT,
        detached: true,
        stdio: ['ignore', output, output],
      })
      this.#child = child
      const ended = contain('process', () => this.#onEnd(child))
      child.on('error', ended)
      child.on('exit', ended)
      child.unref()
    } finally {
      closeSync(output)
    }
  }

  async #end(): Promise<void> {
    const deadline = performance.now() + STOP_MS
    const pid = this.#pid()
    if (pid) signal(pid, 'SIGTERM')
    else this.#child?.kill('SIGTERM')
    while (this.isRunning && performance.now() < deadline) await setTimeout(POLL_MS)
    this.kill()
    while (this.isRunning) await setTimeout(POLL_MS)
  }

  #pid(): number | null {
    return this.#ownProcess(this.#paths.pid)
  }

  #vrrpPid(): number | null {
    return this.#ownProcess(this.#paths.vrrpPid)
  }

  /** The PID in a file, if that process is a keepalived of this pair: PIDs are reused. */
  #ownProcess(file: string): number | null {
    try {
      const pid = Number(readFileSync(file, 'utf8'))
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return args.includes(this.#paths.config) ? pid : null
    } catch {
      return null
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It has ended since.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
