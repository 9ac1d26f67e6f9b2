import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
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
import { ClusterDatabase } from './cluster-database.ts'
import { ClusterMachine } from './cluster-machine.ts'
import { ControlPlaneHost, type ControlPlanePorts } from './control-plane-host.ts'
import { joinTarget } from './join-target.ts'

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
  /** How many control planes, each on a machine of its own. Several need PostgreSQL. Default: 1. */
  controlPlanes?: number
  /** Where they keep their store. Default: `file`. */
  database?: 'file' | 'postgres'
  /** Whether PostgreSQL has a synchronous standby on another machine. Default: false. */
  standby?: boolean
  /** Whether each has a console. */
  console: boolean
  /** Where clients on this machine reach them. Default: free ports. */
  ports?: ControlPlanePorts[]
  /** Where HA IPs come from. Default: 10.99.1.0/24. */
  network?: string
  /** More settings of the control planes. */
  env?: Record<string, string>
  /** The niceness of load balancer hosts: negative where other machines' work must not slow them down. Default: 0. */
  hostNice?: number
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
 * Several machines in network namespaces on one bridge: control planes, their database if it is PostgreSQL, load balancer hosts, two servers,
 * a client, and a machine that watches ARP. Everything ends with this process.
 */
export class ClusterLab {
  readonly bridge: Bridge
  readonly controlPlanes: ControlPlaneHost[]
  readonly hosts: LbHost[] = []
  readonly servers: Machine[]
  readonly client: Machine
  readonly probes: Probes
  readonly accessKey = 'SCWTEST0000000000001'
  readonly secretKey = randomUUID()
  readonly #options: LabOptions
  readonly #directory: string
  readonly #onExit = () => this.remove()
  readonly #database: ClusterDatabase | null
  #isRemoved = false

  private constructor(options: LabOptions, ports: ControlPlanePorts[]) {
    this.#options = options
    removeAbandonedNamespaces()
    removeAbandonedDirectories()
    this.#directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
    // PostgreSQL runs as another user.
    chmodSync(this.#directory, 0o711)
    this.bridge = new Bridge()
    process.on('exit', this.#onExit)
    const { database = 'file', standby = false } = options
    this.#database =
      database === 'file' ? null : new ClusterDatabase(this.bridge, this.#directory, { standby })
    const shared = this.#sharedSettings()
    this.controlPlanes = ports.map((own, at) => this.#addControlPlane(at + 1, own, shared))
    this.servers = ['10.99.0.21', '10.99.0.22'].map((address, at) =>
      this.bridge.add(`s${at + 1}`, address),
    )
    this.client = this.bridge.add('c', '10.99.0.100')
    this.probes = new Probes(this.client, this.bridge.add('w', '10.99.0.101'))
  }

  /** Starts all of it. Nothing of it is left if that fails. */
  static async start(options: LabOptions): Promise<ClusterLab> {
    const { controlPlanes = 1, ports = await freePorts(controlPlanes) } = options
    const lab = new ClusterLab(options, ports)
    try {
      await lab.#start()
      return lab
    } catch (error) {
      lab.remove()
      throw error
    }
  }

  /** The first one, which is the only one in most labs. */
  get controlPlane(): ClusterMachine {
    return this.#first.host
  }

  get apiUrl(): string {
    return this.#first.apiUrl
  }

  get consoleUrl(): string {
    return this.#first.consoleUrl
  }

  get database(): ClusterDatabase {
    if (!this.#database) throw new Error('The lab has no PostgreSQL')
    return this.#database
  }

  host(name: string): LbHost {
    const found = this.hosts.find((one) => one.name === name)
    if (!found) throw new Error(`There is no host ${name}`)
    return found
  }

  /** Starts the first control plane, also again after it was stopped or killed. */
  startControlPlane(): Promise<void> {
    return this.#first.start()
  }

  /** Adds a load balancer host that joins with a token, each by another control plane. */
  async addHost(): Promise<LbHost> {
    const number = this.hosts.length + 1
    const cluster = number % 2 === 1 ? 'a' : 'b'
    const name = `lb-${number}`
    const machine = this.bridge.add(`h${number}`, `10.99.0.${10 + number}`)
    const { hostNice } = this.#options
    const host = new ClusterMachine(this.bridge, machine, name, this.#directory, hostNice)
    const one: LbHost = { name, cluster, letter: `${number}`, host }
    this.hosts.push(one)
    const from = this.controlPlanes[number % this.controlPlanes.length] ?? this
    const target = await joinTarget(from, name, cluster)
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

  get #first(): ControlPlaneHost {
    return this.controlPlanes[0] as ControlPlaneHost
  }

  /** What all control planes have in common, because they are one installation. */
  #sharedSettings(): Record<string, string> {
    const { console: hasConsole, network = HA_NETWORK } = this.#options
    const settings = {
      FAIRLEAD_ROLES: hasConsole ? 'control-plane,console' : 'control-plane',
      FAIRLEAD_IP_POOLS: `fr-par=${network}@eth0`,
      FAIRLEAD_ADMIN_EMAIL: ADMIN.email,
      FAIRLEAD_ADMIN_PASSWORD: ADMIN.password,
      FAIRLEAD_ACCESS_KEY: this.accessKey,
      FAIRLEAD_SECRET_KEY: this.secretKey,
    }
    if (!this.#database) return settings
    const keyFile = join(this.#directory, 'secrets.key')
    writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    const FAIRLEAD_DATABASE_URL = this.#database.url
    return { ...settings, FAIRLEAD_DATABASE_URL, FAIRLEAD_SECRETS_KEY_FILE: keyFile }
  }

  #addControlPlane(
    number: number,
    ports: ControlPlanePorts,
    shared: Record<string, string>,
  ): ControlPlaneHost {
    const machine = this.bridge.add(`p${number}`, `10.99.0.${1 + number}`)
    const name = `cp-${number}`
    const host = new ClusterMachine(this.bridge, machine, name, this.#directory)
    const env = {
      ...shared,
      FAIRLEAD_NODE_ADDRESS: `${host.address}:${NODE_PORT}`,
      PORT: `${ports.console}`,
      FAIRLEAD_API_PORT: `${ports.api}`,
      ...this.#options.env,
    }
    return new ControlPlaneHost(name, host, { ports, secretKey: this.secretKey, env })
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
    if (this.#database) {
      await this.#database.start()
      onStep(this.#options.standby ? 'PostgreSQL and its standby' : 'PostgreSQL')
    }
    await Promise.all([...servers, ...this.controlPlanes.map((one) => one.start())])
    const { length } = this.controlPlanes
    onStep(
      length > 1 ? `${length} control planes and two servers` : 'the control plane and two servers',
    )
    await Promise.all(
      Array.from({ length: count }, async () => {
        const { name } = await this.addHost()
        onStep(`host ${name}`)
      }),
    )
  }
}

function freePorts(count: number): Promise<ControlPlanePorts[]> {
  const one = async () => ({ console: await freePort(), api: await freePort() })
  return Promise.all(Array.from({ length: count }, one))
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
