import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DemoAction, DemoState } from '#lib/core/demo-state.ts'
import type { Lb } from '#lib/core/lb.ts'
import { ClusterLab, type LbHost } from '#lib/testing/cluster/cluster-lab.ts'
import type { TrafficLine } from '#lib/testing/cluster/traffic-program.ts'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import { Api } from '../../support/api.ts'
import { addressOf, createLb } from '../lb-of.ts'
import { CONTROL_SOCKET, serveControl } from './control-socket.ts'

const TRAFFIC = new URL('../../../lib/testing/cluster/traffic-program.ts', import.meta.url).pathname
const WEB_PORT = 8000
const BLACKOUTS_MAX = 10
const EMAIL = 'demo@example.com'
/** In the control plane's data directory. If it is there, its console has the buttons of the demo. */
const CONSOLE_SOCKET = 'demo.sock'

export type Blackout = DemoState['blackouts'][number]

/** Two load balancer hosts with a website, and a client that requests it. */
export class Demo {
  readonly lab: ClusterLab
  readonly email = EMAIL
  readonly password: string
  onBlackout: (blackout: Blackout) => void = () => {}
  onHost: (name: string, state: DemoState['hosts'][number]['state']) => void = () => {}
  readonly #states = new Map<string, DemoState['hosts'][number]['state']>()
  readonly #blackouts: Blackout[] = []
  #traffic: DemoState['traffic'] = { requests: 0, failed: 0, through: null }

  private constructor(lab: ClusterLab, password: string) {
    this.lab = lab
    this.password = password
  }

  /** @param onStep called with what has been done */
  static async start(
    ports: { console: number; api: number },
    onStep: (done: string) => void,
  ): Promise<Demo> {
    const password = `plug-${randomBytes(5).toString('hex')}`
    let demo: Demo | null = null
    const env = { FAIRLEAD_ADMIN_EMAIL: EMAIL, FAIRLEAD_ADMIN_PASSWORD: password }
    await ClusterLab.start({
      ...{ hosts: 2, console: true, ports: [ports], env, onStep },
      async onPlaced(placed) {
        demo = new Demo(placed, password)
        const { dataDir } = placed.controlPlane
        mkdirSync(dataDir, { recursive: true })
        chmodSync(dataDir, 0o700)
        for (const path of [join(dataDir, CONSOLE_SOCKET), CONTROL_SOCKET]) {
          await serveControl(path, demo)
        }
      },
    })
    if (!demo) throw new Error('The lab has no control plane.')
    await (demo as Demo).#open(onStep)
    return demo
  }

  state(): DemoState {
    const hosts = this.lab.hosts.map(({ name }) => ({ name, state: this.#stateOf(name) }))
    return { hosts, traffic: this.#traffic, blackouts: this.#blackouts }
  }

  /** Pulls the plug of a host, or plugs it in again. @throws Error in words */
  async act({ host: name, action }: DemoAction): Promise<void> {
    const host = this.lab.hosts.find((one) => one.name === name)
    if (!host) throw new Error(`There is no host ${name}. There are ${this.#names}.`)
    if (action === 'pull') this.#pull(host)
    else this.#plug(host)
  }

  async #open(onStep: (done: string) => void): Promise<void> {
    const api = new Api(this.lab)
    const shop = await createLb(api, this.lab, 'shop')
    await createLb(api, this.lab, 'blog')
    onStep('two load balancers, shop and blog')
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

  #pull({ name, host }: LbHost): void {
    if (this.#stateOf(name) !== 'running') throw new Error(`${name} has no power already.`)
    this.#setState(name, 'off')
    host.die()
  }

  #plug(host: LbHost): void {
    const { name } = host
    if (this.#stateOf(name) !== 'off') throw new Error(`${name} is plugged in already.`)
    this.#setState(name, 'starting')
    host.host.boot()
    this.lab.startHost(host).then(
      () => this.#setState(name, 'running'),
      // Its plug was pulled again, or it can't start.
      () => this.#setState(name, 'off'),
    )
  }

  #setState(name: string, state: DemoState['hosts'][number]['state']): void {
    this.#states.set(name, state)
    this.onHost(name, state)
  }

  #stateOf(name: string): DemoState['hosts'][number]['state'] {
    return this.#states.get(name) ?? 'running'
  }

  get #names(): string {
    return this.lab.hosts.map(({ name }) => name).join(' and ')
  }
}

/** Servers name hosts by their numbers. */
const nameOf = (letter: string) => `lb-${letter}`
