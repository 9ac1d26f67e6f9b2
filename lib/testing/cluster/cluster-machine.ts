import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import { type Bridge, ip, type Machine, processesOf } from '#lib/testing/network/namespaces.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { LabMachine } from './lab-machine.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const START_MS = 120_000
const STOP_MS = 30_000
/** Runs a command with a host name and a run directory of its own. */
const AS_MACHINE =
  'hostname "$1" && mount --bind "$2" /run/fairlead && cd "$3" && shift 3 && exec "$@"'
/** Where programs keep what a reboot forgets. Each machine has its own there. */
const RUN_DIRECTORY = '/run/fairlead'

/** A machine that runs Fairlead from this checkout, in a network namespace, with a data directory of its own. */
export class ClusterMachine extends LabMachine {
  readonly dataDir: string
  readonly #hostname: string
  readonly #runDirectory: string
  readonly #nice: number
  #fairlead: MachineProcess | null = null

  /**
   * @param directory for its files
   * @param nice how much less CPU time it gets than others; negative for more
   */
  constructor(bridge: Bridge, machine: Machine, hostname: string, directory: string, nice = 0) {
    super(bridge, machine)
    this.#hostname = hostname
    this.#nice = nice
    this.dataDir = join(directory, hostname, 'data')
    this.#runDirectory = join(directory, hostname, 'run')
    mkdirSync(this.#runDirectory, { recursive: true })
    mkdirSync(RUN_DIRECTORY, { recursive: true, mode: 0o711 })
  }

  /** What Fairlead printed since its last start. */
  get output(): string {
    return this.#fairlead ? this.#fairlead.output + this.#fairlead.errors : ''
  }

  get isRunning(): boolean {
    return this.#fairlead !== null && !this.#fairlead.hasEnded
  }

  /**
   * Runs a script of the checkout, such as lib/supervisor/launch.mjs, until it prints a line.
   * @throws Error with its output if it ends before
   */
  async start(script: string, args: string[], env: Record<string, string>, ready: RegExp) {
    const fairlead = this.run(
      [process.execPath, '--disable-warning=ExperimentalWarning', script, ...args],
      { FAIRLEAD_DATA_DIR: this.dataDir, ...env },
    )
    this.#fairlead = fairlead
    const line = await waitFor(
      `Fairlead on ${this.#hostname}`,
      () => ready.exec(fairlead.output) ?? fairlead.hasEnded,
      START_MS,
    ).catch((error) => {
      throw new Error(`${(error as Error).message}\n${this.output}`)
    })
    if (line === true) throw new Error(`Fairlead on ${this.#hostname} ended:\n${this.output}`)
  }

  /** Starts a command on it. */
  run(command: string[], env: Record<string, string> = {}): MachineProcess {
    const place = [this.#hostname, this.#runDirectory, ROOT]
    const nice = ['nice', '-n', `${this.#nice}`]
    const whole = [...nice, 'unshare', '--uts', 'sh', '-c', AS_MACHINE, 'sh', ...place, ...command]
    return new MachineProcess(this.machine, whole, null, env)
  }

  /** The PIDs of its processes with such a command line, oldest first. */
  pids(pattern: RegExp): number[] {
    return processesOf(this.namespace, pattern)
  }

  signal(pattern: RegExp, signal: NodeJS.Signals): void {
    const pids = this.pids(pattern)
    if (pids.length === 0) throw new Error(`Nothing on ${this.#hostname} matches ${pattern}`)
    for (const pid of pids) {
      try {
        process.kill(pid, signal)
      } catch {
        // Another one took it along.
      }
    }
  }

  /** Has power again, but starts nothing: addresses, nftables and the run directory are as after a reboot. */
  boot(): void {
    ip('netns', 'exec', this.namespace, 'nft', 'flush', 'ruleset')
    ip('-n', this.namespace, 'address', 'flush', 'dev', 'lo', 'scope', 'global')
    rmSync(this.#runDirectory, { recursive: true })
    mkdirSync(this.#runDirectory)
    this.plug()
  }

  /** Ctrl-C. Resolves when everything has ended. */
  async stop(): Promise<void> {
    this.signal(/supervisor/, 'SIGINT')
    const hasEnded = () => this.#fairlead?.hasEnded
    await waitFor(`${this.#hostname} has stopped`, hasEnded, STOP_MS)
  }
}
