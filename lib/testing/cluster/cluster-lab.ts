import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '#lib/testing/free-port.ts'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import {
  Bridge,
  killProcesses,
  type Machine,
  removeAbandonedNamespaces,
} from '#lib/testing/network/namespaces.ts'
import { Probes } from '#lib/testing/network/probes.ts'
import { ClusterMachine } from './cluster-machine.ts'
import { joinTarget } from './join-target.ts'
import { relayPorts } from './relay.ts'

const START = 'lib/supervisor/launch.mjs'
const JOIN = 'lib/supervisor/launch-join.mjs'
const SERVER = new URL('server-program.ts', import.meta.url).pathname
const NODE_PORT = 3443
const PREFIX = 'fairlead-cluster-'

/** Where HA IPs come from, within the network of all machines. */
const HA_NETWORK = '10.99.1.0/24'
export const ADMIN = { email: 'ada@example.com', password: 'correct horse battery' }

export type LabOptions = {
  /** How many load balancer hosts: alternately in the clusters a and b. */
  hosts: number
  /** Whether the console runs too. */
  console: boolean
  ports?: { console: number; api: number }
  /** Where HA IPs come from. Default: 10.99.1.0/24. */
  network?: string
  /** More settings of the control plane. */
  env?: Record<string, string>
  /** The environment of load balancer hosts, in addition. */
  hostEnv?: Record<string, string>
  onStep?: (done: string) => void
  /** Called when there are machines, before anything runs on them. */
  onPlaced?: (lab: ClusterLab) => Promise<void>
}

/** A load balancer host: `lb-1`, `lb-2`, … */
export type LbHost = {
  name: string
  cluster: 'a' | 'b'
  /** By which servers name it: `1`, `2`, … */
  letter: string
  host: ClusterMachine
}

/**
 * Several machines in network namespaces on one bridge: a host with the control plane, load balancer hosts, two servers, a client,
 * and a machine that watches ARP. Everything ends with this process.
 */
export class ClusterLab {
  readonly bridge: Bridge
  readonly controlPlane: ClusterMachine
  readonly hosts: LbHost[] = []
  readonly servers: Machine[]
  readonly client: Machine
  readonly probes: Probes
  readonly ports: { console: number; api: number }
  readonly accessKey = 'SCWTEST0000000000001'
  readonly secretKey = randomUUID()
  readonly #options: LabOptions
  readonly #directory: string
  readonly #onExit = () => this.remove()
  #relay: ChildProcess | null = null
  #isRemoved = false

  private constructor(options: LabOptions, ports: { console: number; api: number }) {
    this.#options = options
    this.ports = ports
    removeAbandonedNamespaces()
    removeAbandonedDirectories()
    this.#directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
    this.bridge = new Bridge()
    process.on('exit', this.#onExit)
    const machine = this.bridge.add('cp', '10.99.0.2')
    this.controlPlane = new ClusterMachine(this.bridge, machine, 'control', this.#directory)
    this.servers = ['10.99.0.21', '10.99.0.22'].map((address, at) =>
      this.bridge.add(`s${at + 1}`, address),
    )
    this.client = this.bridge.add('c', '10.99.0.100')
    this.probes = new Probes(this.client, this.bridge.add('w', '10.99.0.101'))
  }

  /** Starts all of it. Nothing of it is left if that fails. */
  static async start(options: LabOptions): Promise<ClusterLab> {
    const ports = options.ports ?? { console: await freePort(), api: await freePort() }
    const lab = new ClusterLab(options, ports)
    try {
      await lab.#start()
      return lab
    } catch (error) {
      lab.remove()
      throw error
    }
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.ports.api}`
  }

  get consoleUrl(): string {
    return `http://127.0.0.1:${this.ports.console}`
  }

  host(name: string): LbHost {
    const found = this.hosts.find((one) => one.name === name)
    if (!found) throw new Error(`There is no host ${name}`)
    return found
  }

  /** Starts the control plane, also again after it was stopped or killed. */
  async startControlPlane(): Promise<void> {
    await this.#startRelay()
    const roles = this.#options.console ? 'control-plane,console' : 'control-plane'
    const env = {
      FAIRLEAD_ROLES: roles,
      FAIRLEAD_NODE_ADDRESS: `${this.controlPlane.address}:${NODE_PORT}`,
      FAIRLEAD_IP_POOLS: `fr-par=${this.#options.network ?? HA_NETWORK}@eth0`,
      PORT: `${this.ports.console}`,
      FAIRLEAD_API_PORT: `${this.ports.api}`,
      FAIRLEAD_ADMIN_EMAIL: ADMIN.email,
      FAIRLEAD_ADMIN_PASSWORD: ADMIN.password,
      FAIRLEAD_ACCESS_KEY: this.accessKey,
      FAIRLEAD_SECRET_KEY: this.secretKey,
      ...this.#options.env,
    }
    await this.controlPlane.start(START, [], env, /^Fairlead is ready/m)
  }

  /** Adds a load balancer host that joins with a token. */
  async addHost(): Promise<LbHost> {
    const number = this.hosts.length + 1
    const cluster = number % 2 === 1 ? 'a' : 'b'
    const name = `lb-${number}`
    const machine = this.bridge.add(`h${number}`, `10.99.0.${10 + number}`)
    const host = new ClusterMachine(this.bridge, machine, name, this.#directory)
    const one: LbHost = { name, cluster, letter: `${number}`, host }
    this.hosts.push(one)
    const target = await joinTarget(this, name, cluster)
    await host.start(JOIN, [target], this.#options.hostEnv ?? {}, readyLine(name))
    return one
  }

  /** Starts a joined host again, as after a reboot. */
  async startHost({ name, host }: LbHost): Promise<void> {
    await host.start(START, [], this.#options.hostEnv ?? {}, readyLine(name))
  }

  /** Ends every process and removes every namespace and file. Synchronous, so that it can be the last that a process does. */
  remove(): void {
    if (this.#isRemoved) return
    this.#isRemoved = true
    process.off('exit', this.#onExit)
    for (const { namespace } of this.bridge.machines) killProcesses(namespace)
    this.bridge.remove()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** It runs on the control plane's machine, and ends with that. */
  async #startRelay(): Promise<void> {
    const former = this.#relay
    former?.kill('SIGKILL')
    if (former?.exitCode === null && former.signalCode === null) await once(former, 'exit')
    const { console: consolePort, api } = this.ports
    this.#relay = await relayPorts(this.controlPlane.machine, [consolePort, api])
  }

  async #start(): Promise<void> {
    const { hosts: count, onStep = () => {}, onPlaced = async () => {} } = this.#options
    await onPlaced(this)
    onStep(`${this.bridge.machines.length + count} machines on one switch`)
    const letters = Array.from({ length: count }, (_, at) => `10.99.0.${11 + at}=${at + 1}`)
    const servers = this.servers.map((machine, at) => {
      const command = [process.execPath, SERVER, `web-${at + 1}`, ...letters]
      return new MachineProcess(machine, command, 'real-time').started()
    })
    await Promise.all([...servers, this.startControlPlane()])
    onStep('the control plane and two servers')
    await Promise.all(
      Array.from({ length: count }, async () => {
        const { name } = await this.addHost()
        onStep(`host ${name}`)
      }),
    )
  }
}

function readyLine(name: string): RegExp {
  return new RegExp(`^Fairlead node ${name} is ready`, 'm')
}

function removeAbandonedDirectories(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) && name.slice(PREFIX.length).split('-')[0]
    if (!pid || existsSync(`/proc/${pid}`)) continue
    rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}
