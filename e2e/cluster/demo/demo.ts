import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DemoAction, DemoState } from '#lib/core/demo-state.ts'
import type { Lb } from '#lib/core/lb.ts'
import { ClusterLab } from '#lib/testing/cluster/cluster-lab.ts'
import type { TrafficLine } from '#lib/testing/cluster/traffic-program.ts'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import { Api } from '../../support/api.ts'
import { addressOf, createLb } from '../lb-of.ts'
import { balanceConsoles } from './balanced-console.ts'
import { CONTROL_SOCKET, serveControl } from './control-socket.ts'
import { type DemoMachine, type MachineState, machinesOf } from './machines.ts'

const TRAFFIC = new URL('../../../lib/testing/cluster/traffic-program.ts', import.meta.url).pathname
const WEB_PORT = 8000
const BLACKOUTS_MAX = 10
const EMAIL = 'demo@example.com'
const CONTROL_PLANES = 3
const HOST_NICE = -10
/** In a control plane's data directory. If it is there, its console has the buttons of the demo. */
const CONSOLE_SOCKET = 'demo.sock'

export type Blackout = DemoState['blackouts'][number]

/** Two load balancer hosts with a website, three control planes, a database with a standby, and a client that requests the website. */
export class Demo {
  readonly lab: ClusterLab
  readonly email = EMAIL
  readonly password: string
  onBlackout: (blackout: Blackout) => void = () => {}
  onHost: (host: MachineState) => void = () => {}
  #machines: DemoMachine[] = []
  readonly #states = new Map<string, MachineState['state']>()
  readonly #blackouts: Blackout[] = []
  #traffic: DemoState['traffic'] = { requests: 0, failed: 0, through: null }

  private constructor(lab: ClusterLab, password: string) {
    this.lab = lab
    this.password = password
  }

  /**
   * @param consolePort where the console is reached through a load balancer
   * @param onStep called with what has been done
   */
  static async start(consolePort: number, onStep: (done: string) => void): Promise<Demo> {
    const password = `plug-${randomBytes(5).toString('hex')}`
    let demo: Demo | null = null
    await ClusterLab.start({
      ...{ hosts: 2, controlPlanes: CONTROL_PLANES, database: 'postgres', standby: true },
      console: true,
      // Control planes that start don't take the CPU time of hosts.
      hostNice: HOST_NICE,
      env: { FAIRLEAD_ADMIN_EMAIL: EMAIL, FAIRLEAD_ADMIN_PASSWORD: password },
      onStep,
      async onPlaced(placed) {
        demo = new Demo(placed, password)
        await demo.#serveControl()
      },
    })
    if (!demo) throw new Error('The lab has no control plane.')
    await (demo as Demo).#open(consolePort, onStep)
    return demo
  }

  state(): DemoState {
    const hosts = this.#machines.map((machine) => this.#stateOf(machine))
    return { hosts, traffic: this.#traffic, blackouts: this.#blackouts }
  }

  /** Pulls the plug of a machine, or plugs it in again. @throws Error in words */
  async act({ host: name, action }: DemoAction): Promise<void> {
    const machine = this.#machines.find((one) => one.name === name)
    if (!machine) {
      const names = this.#machines.map((one) => one.name).join(', ')
      throw new Error(`There is no machine ${name}. There are ${names}.`)
    }
    const { state } = this.#stateOf(machine)
    if (action === 'pull') {
      if (state !== 'running') throw new Error(`${name} has no power, or starts.`)
      await this.#pull(machine)
    } else {
      if (state !== 'off') throw new Error(`${name} is plugged in already.`)
      this.#plug(machine)
    }
  }

  async #serveControl(): Promise<void> {
    for (const { host } of this.lab.controlPlanes) {
      mkdirSync(host.dataDir, { recursive: true })
      chmodSync(host.dataDir, 0o700)
      await serveControl(join(host.dataDir, CONSOLE_SOCKET), this)
    }
    await serveControl(CONTROL_SOCKET, this)
  }

  async #open(consolePort: number, onStep: (done: string) => void): Promise<void> {
    this.#machines = machinesOf(this.lab)
    const api = new Api(this.lab)
    const shop = await createLb(api, this.lab, 'shop')
    await balanceConsoles(this.lab, api, consolePort)
    onStep('two load balancers, one for the shop and one for the consoles')
    this.#sendTraffic(shop)
  }

  #sendTraffic(lb: Lb): void {
    const command = [process.execPath, TRAFFIC, addressOf(lb), `${WEB_PORT}`]
    const client = new MachineProcess(this.lab.client, command, 'real-time')
    client.onLine = (line) => this.#note(JSON.parse(line) as TrafficLine)
  }

  #note(line: TrafficLine): void {
    if (line.type === 'rate') {
      const { requests, failed, letter } = line
      this.#traffic = { requests, failed, through: letter && nameOf(letter) }
      return
    }
    const [from, to] = [nameOf(line.from), nameOf(line.to)]
    const blackout = { at: new Date().toISOString(), ms: line.ms, from, to }
    this.#blackouts.unshift(blackout)
    this.#blackouts.splice(BLACKOUTS_MAX)
    this.onBlackout(blackout)
  }

  async #pull(machine: DemoMachine): Promise<void> {
    this.#setState(machine, 'off')
    await machine.pull()
  }

  #plug(machine: DemoMachine): void {
    this.#setState(machine, 'starting')
    machine.plug().then(
      () => this.#setState(machine, 'running'),
      // Its plug was pulled again, or it can't start.
      () => this.#setState(machine, 'off'),
    )
  }

  #setState(machine: DemoMachine, state: MachineState['state']): void {
    this.#states.set(machine.name, state)
    this.onHost(this.#stateOf(machine))
  }

  #stateOf({ name, role, database }: DemoMachine): MachineState {
    return { name, role, database: database(), state: this.#states.get(name) ?? 'running' }
  }
}

/** Servers name hosts by their numbers. */
const nameOf = (letter: string) => `lb-${letter}`
