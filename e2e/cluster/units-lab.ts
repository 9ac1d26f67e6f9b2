import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { joinTarget } from '#lib/testing/cluster/join-target.ts'
import { relayPorts } from '#lib/testing/cluster/relay.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { MachineProcess } from '#lib/testing/network/machine-process.ts'
import {
  Bridge,
  killProcesses,
  type Machine,
  removeAbandonedNamespaces,
} from '#lib/testing/network/namespaces.ts'
import { Probes } from '#lib/testing/network/probes.ts'
import { removeAbandonedControlGroups } from '#lib/testing/systemd/control-group.ts'
import { DISKS, SystemdMachine } from '#lib/testing/systemd/systemd-machine.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { documentedBlocks, scriptOf } from './documented-commands.ts'

const SERVER = new URL('../../lib/testing/cluster/server-program.ts', import.meta.url).pathname
const PREFIX = 'fairlead-units-'
const PAGE = 'several-machines'
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const START_MS = 60_000

export type UnitHost = { name: string; cluster: 'a' | 'b'; machine: SystemdMachine }

/** A control plane and two load balancer hosts, set up under systemd with the commands of the documentation. */
export class UnitsLab {
  readonly secretKey = randomUUID()
  readonly controlPlane: SystemdMachine
  readonly hosts: UnitHost[]
  readonly servers: Machine[]
  readonly probes: Probes
  readonly #bridge = new Bridge()
  readonly #apiPort: number
  readonly #directory = mkdtempSync(join(DISKS, `${PREFIX}${process.pid}-`))
  readonly #onExit = () => this.remove()
  readonly #onSignal = () => process.exit(1)
  #isRemoved = false

  private constructor(apiPort: number) {
    this.#apiPort = apiPort
    process.on('exit', this.#onExit)
    for (const signal of SIGNALS) process.on(signal, this.#onSignal)
    this.controlPlane = this.#machine('cp', '10.99.0.2', 'control')
    this.hosts = (['a', 'b'] as const).map((cluster, at) => {
      const name = `lb-${at + 1}`
      const machine = this.#machine(`h${at + 1}`, `10.99.0.${11 + at}`, name)
      return { name, cluster, machine }
    })
    this.servers = [this.#bridge.add('s', '10.99.0.21')]
    const client = this.#bridge.add('c', '10.99.0.100')
    this.probes = new Probes(client, this.#bridge.add('w', '10.99.0.101'))
  }

  /** Starts all of it. Nothing of it is left if that fails. */
  static async start(): Promise<UnitsLab> {
    removeAbandonedNamespaces()
    removeAbandonedControlGroups()
    removeAbandonedDisks()
    const lab = new UnitsLab(await freePort())
    try {
      await lab.#start()
      return lab
    } catch (error) {
      lab.remove()
      throw error
    }
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#apiPort}`
  }

  host(name: string): UnitHost {
    const found = this.hosts.find((one) => one.name === name)
    if (!found) throw new Error(`There is no host ${name}`)
    return found
  }

  get #machines(): SystemdMachine[] {
    return [this.controlPlane, ...this.hosts.map(({ machine }) => machine)]
  }

  #machine(name: string, address: string, hostname: string): SystemdMachine {
    const machine = this.#bridge.add(name, address)
    return new SystemdMachine(this.#bridge, machine, hostname, this.#directory)
  }

  async #start(): Promise<void> {
    const command = [process.execPath, SERVER, 'web', '10.99.0.11=1', '10.99.0.12=2']
    const servers = this.servers.map((machine) =>
      new MachineProcess(machine, command, 'real-time').started(),
    )
    await Promise.all([...servers, ...this.#machines.map((machine) => machine.boot())])
    await this.#installControlPlane()
    await Promise.all(this.hosts.map((host) => this.#joinHost(host)))
  }

  async #installControlPlane(): Promise<void> {
    const [settings = ''] = documentedBlocks(PAGE, '### 1. The control plane')
    const [install = ''] = documentedBlocks('service', '## Install')
    // The console takes a build, and the test needs a token.
    const lines = `${settings.replace('control-plane,console', 'control-plane')}
FAIRLEAD_API_PORT=${this.#apiPort}
FAIRLEAD_ACCESS_KEY=SCWTEST0000000000001
FAIRLEAD_SECRET_KEY=${this.secretKey}`
    const write = `cat >/etc/fairlead.env <<'END'\n${lines}\nEND\n`
    this.controlPlane.run(scriptOf(install, [/^echo FAIRLEAD_IP_POOLS.*\n/m, write]))
    await waitFor(
      'the control plane',
      () => this.controlPlane.run("journalctl --unit fairlead --grep '^Fairlead is ready'"),
      START_MS,
    )
    await relayPorts(this.controlPlane.machine, [this.#apiPort])
  }

  async #joinHost({ name, cluster, machine }: UnitHost): Promise<void> {
    const [install = ''] = documentedBlocks(PAGE, '### 2. The hosts')
    const [join = '', serve = ''] = documentedBlocks(PAGE, '### 3. Join')
    machine.run(scriptOf(install))
    const token = await joinTarget(this, name, cluster)
    const joining = machine.start(scriptOf(join, ['fl1.…@10.99.0.2:3443', token]))
    const isReady = () => joining.output.includes(`Fairlead node ${name} is ready`)
    await waitFor(`${name} joins`, () => joining.hasEnded || isReady(), START_MS)
    if (!isReady()) throw new Error(`${name} doesn't join: ${joining.output}${joining.errors}`)
    // Ctrl-C, as documented.
    machine.signal(/supervisor/, 'SIGINT')
    await joining.ended()
    machine.run(scriptOf(serve))
  }

  /** Ends every process and removes every namespace and file. Synchronous, so that it can be the last that a process does. */
  remove(): void {
    if (this.#isRemoved) return
    this.#isRemoved = true
    process.off('exit', this.#onExit)
    for (const signal of SIGNALS) process.off(signal, this.#onSignal)
    for (const machine of this.#machines) machine.remove()
    for (const { namespace } of this.#bridge.machines) killProcesses(namespace)
    this.#bridge.remove()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

function removeAbandonedDisks(): void {
  for (const name of readdirSync(DISKS)) {
    const pid = name.startsWith(PREFIX) && name.slice(PREFIX.length).split('-')[0]
    if (!pid || existsSync(`/proc/${pid}`)) continue
    rmSync(join(DISKS, name), { recursive: true, force: true })
  }
}
