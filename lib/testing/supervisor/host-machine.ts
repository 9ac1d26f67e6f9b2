import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import { ip, type Machine } from '#lib/testing/network/namespaces.ts'
import { waitFor } from '#lib/testing/wait.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const START_MS_MAX = 60_000

/** A machine on which Fairlead runs as an operator starts it: `npm run join`, `npm start`. */
export class HostMachine {
  readonly machine: Machine
  readonly dataDir = mkdtempSync(join(tmpdir(), 'fairlead-host-'))
  readonly #env: Record<string, string>
  #supervisor: MachineProcess | null = null

  constructor(machine: Machine, env: Record<string, string> = {}) {
    this.machine = machine
    this.#env = { FAIRLEAD_DATA_DIR: this.dataDir, ...env }
  }

  /** What the supervisor has printed since its last start. */
  get output(): string {
    return `${this.#supervisor?.output ?? ''}${this.#supervisor?.errors ?? ''}`
  }

  get isRunning(): boolean {
    return this.#supervisor?.hasEnded === false
  }

  /**
   * Starts it, and waits until it prints that it is ready.
   * @param args of `npm run join`; none for `npm start`
   * @throws Error with what it printed, if it ends
   */
  async start(...args: string[]): Promise<void> {
    const script = args.length === 0 ? 'main.ts' : 'join.ts'
    const node = [process.execPath, '--disable-warning=ExperimentalWarning']
    const command = [...node, join(ROOT, 'lib/supervisor', script), ...args]
    const supervisor = new MachineProcess(this.machine, command, null, this.#env)
    this.#supervisor = supervisor
    const isOver = () =>
      supervisor.hasEnded || /Fairlead (node \S+ )?is ready/.test(supervisor.output)
    await waitFor(`Fairlead on ${this.machine.name}`, isOver, START_MS_MAX)
    if (supervisor.hasEnded) throw new Error(this.output)
  }

  /** Changes variables for the next start. */
  configure(env: Record<string, string>): void {
    Object.assign(this.#env, env)
  }

  /** Gives its interface another address, as by DHCP. */
  changeAddress(address: string): void {
    const at = ['-n', this.machine.namespace, 'address']
    ip(...at, 'flush', 'dev', 'eth0')
    ip(...at, 'add', `${address}/16`, 'dev', 'eth0')
  }

  /** Sends the supervisor a signal, and waits until it has ended. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    await this.#supervisor?.end(signal)
  }

  /** The HA IPs that the machine has. */
  haAddresses(): string[] {
    const [lo] = JSON.parse(ip('-n', this.machine.namespace, '-json', 'address', 'show', 'lo'))
    const all: { label?: string; local: string }[] = lo.addr_info
    return all.filter(({ label }) => label === 'lo:fairlead').map(({ local }) => local)
  }

  tables(): string {
    return ip('netns', 'exec', this.machine.namespace, 'nft', 'list', 'tables')
  }

  /** How many VRRP rules and addresses the fence has. */
  fenceEntries(): number {
    const listings = ['chain netdev fairlead adverts_in', 'map netdev fairlead carrier'].map(
      (what) => ip('netns', 'exec', this.machine.namespace, 'nft', 'list', ...what.split(' ')),
    )
    return listings.join('').match(/^\s+(ip|elements) .*$/gm)?.length ?? 0
  }

  /** The titles of the processes on this machine. */
  processes(): string[] {
    return this.#processes().map(({ title }) => title)
  }

  /** Kills the process with this title. */
  kill(title: string): void {
    const found = this.#processes().find((one) => one.title === title)
    if (!found) throw new Error(`${this.machine.name} has no process "${title}"`)
    process.kill(found.pid, 'SIGKILL')
  }

  #processes(): { pid: number; title: string }[] {
    const pids = ip('netns', 'pids', this.machine.namespace).split('\n').filter(Boolean)
    return pids.flatMap((pid) => {
      try {
        const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return { pid: Number(pid), title }
      } catch {
        return []
      }
    })
  }

  /** The last lines of all logs, for failures. */
  logs(): string {
    const directory = join(this.dataDir, 'logs')
    const names = readdirSync(directory).filter((name) => name.endsWith('.log'))
    return names.map((name) => readFileSync(join(directory, name), 'utf8').slice(-2000)).join('\n')
  }

  /** Ends everything, in whatever state it is. */
  async remove(): Promise<void> {
    await this.end('SIGINT')
    for (const { pid } of this.#processes()) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
    rmSync(this.dataDir, { recursive: true, force: true })
  }
}

const CALL = `
  const [url, method, key, body] = process.argv.slice(1)
  const headers = { 'X-Auth-Token': key, 'Content-Type': 'application/json' }
  const response = await fetch(url, { method, headers, body: body || undefined })
  process.stdout.write(await response.text())
`

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
type Json = any

/** Calls a server from a machine. @returns the JSON body */
export async function callFrom(
  machine: Machine,
  method: string,
  url: string,
  { key = '', body }: { key?: string; body?: object } = {},
): Promise<Json> {
  const script = ['--input-type=module', '-e', CALL, url, method, key]
  if (body) script.push(JSON.stringify(body))
  const text = await new MachineProcess(machine, [process.execPath, ...script]).ended()
  return text === '' ? null : JSON.parse(text)
}
