import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import { type Bridge, ip, type Machine, processesOf } from '#lib/testing/network/namespaces.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { ControlGroup } from './control-group.ts'

/** The checkout. */
export const ROOT = join(import.meta.dirname, '..', '..', '..')
export const SYSTEMD = '/lib/systemd/systemd'
/** Where machines have their disks: an overlay can be written to a tmpfs. */
export const DISKS = '/dev/shm'
const BOOT = join(import.meta.dirname, 'boot-systemd.sh')
const NAMESPACES = ['--pid', '--fork', '--mount', '--uts', '--ipc', '--kill-child']
const RUN_MS = 60_000

/** A machine that runs systemd as process 1, with this checkout at /opt/fairlead, and a disk that outlives its boots. */
export class SystemdMachine {
  readonly machine: Machine
  readonly #bridge: Bridge
  readonly #hostname: string
  readonly #disk: string
  readonly #group: ControlGroup
  #systemd: ChildProcess | null = null
  #errors = ''

  /** @param directory for its disk, in DISKS */
  constructor(bridge: Bridge, machine: Machine, hostname: string, directory: string) {
    this.#bridge = bridge
    this.machine = machine
    this.#hostname = hostname
    this.#disk = join(directory, hostname)
    mkdirSync(this.#disk, { recursive: true, mode: 0o755 })
    this.#group = new ControlGroup(machine.namespace)
  }

  /** Starts systemd, and waits until it has started everything that is enabled. */
  async boot(): Promise<void> {
    const { namespace } = this.machine
    const unshare = ['unshare', ...NAMESPACES, BOOT, this.#hostname, this.#disk]
    const command = [`--net=/run/netns/${namespace}`, ...unshare, this.#group.path, ROOT]
    // It ends with this process, however that ends.
    const systemd = spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', ...command], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    this.#systemd = systemd
    this.#errors = ''
    systemd.stderr.setEncoding('utf8').on('data', (text) => {
      this.#errors += text
    })
    await waitFor(`systemd on ${this.#hostname}`, () => {
      if (!this.isRunning) throw new Error(this.#errors)
      return this.#tryRun('systemctl is-active multi-user.target').status === 0
    })
  }

  get isRunning(): boolean {
    const { exitCode = 0, signalCode = null } = this.#systemd ?? {}
    return exitCode === null && signalCode === null
  }

  /** @returns what a shell command prints. @throws Error with that if it fails */
  run(command: string): string {
    const { status, signal, stdout, stderr } = this.#tryRun(command)
    if (status === 0) return stdout.trim()
    throw new Error(`${command} on ${this.#hostname}: ${status ?? signal}\n${stdout}${stderr}`)
  }

  /** Starts a shell command that goes on. */
  start(command: string): MachineProcess {
    return new MachineProcess(this.machine, ['nsenter', ...this.#entering(command)])
  }

  /** The PIDs of its processes with such a command line, oldest first. */
  pids(pattern: RegExp): number[] {
    return processesOf(this.machine.namespace, pattern)
  }

  /** How the kernel schedules a process: `SCHED_RR 10`. */
  schedulingOf(pid = 0): string {
    const shown = execFileSync('chrt', ['--pid', String(pid)], { encoding: 'utf8' })
    return [...shown.matchAll(/: (\S+)$/gm)].map(([, value]) => value?.split('|')[0]).join(' ')
  }

  signal(pattern: RegExp, signal: NodeJS.Signals): void {
    const pids = this.pids(pattern)
    if (pids.length === 0) throw new Error(`Nothing on ${this.#hostname} matches ${pattern}`)
    for (const pid of pids) process.kill(pid, signal)
  }

  #tryRun(command: string) {
    const options = { encoding: 'utf8', timeout: RUN_MS, killSignal: 'SIGKILL' } as const
    return spawnSync('nsenter', this.#entering(command), options)
  }

  #entering(command: string): string[] {
    const enter = ['--target', String(this.#pid()), '--all', '--root', '--wd']
    return [...enter, 'sh', '-ec', command]
  }

  /** The PID of systemd, outside of its namespace. */
  #pid(): number {
    const parent = this.#systemd?.pid
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim()
    if (children === '') throw new Error(`systemd doesn't run on ${this.#hostname}.`)
    return Number(children)
  }

  /** Pulls the plug: it is off the network, and nothing of it runs. */
  async die(): Promise<void> {
    this.#bridge.cut(this.machine)
    this.#group.kill()
    await this.#ended()
  }

  /** Has power again, with addresses and nftables as after a reboot. */
  async bootAgain(): Promise<void> {
    const { namespace } = this.machine
    ip('netns', 'exec', namespace, 'nft', 'flush', 'ruleset')
    ip('-n', namespace, 'address', 'flush', 'dev', 'lo', 'scope', 'global')
    this.#bridge.plug(this.machine)
    await this.boot()
  }

  /** Shuts down, as by `systemctl reboot`, up to the end of systemd. */
  async shutDown(): Promise<void> {
    this.run('systemctl reboot --no-block')
    await this.#ended()
  }

  async #ended(): Promise<void> {
    if (this.isRunning && this.#systemd) await once(this.#systemd, 'exit')
  }

  /** Kills everything that it runs. Synchronous, so that it can be the last that a process does. */
  remove(): void {
    if (existsSync(this.#group.path)) this.#group.remove()
  }
}
