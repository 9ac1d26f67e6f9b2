import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from '#lib/core/locality.ts'
import type { CarrierEvent, HostAddress, PeerEvent } from '#lib/network/messages.ts'
import { NetworkClient } from '#lib/network/network-client.ts'
import { RunFiles } from '#lib/network/run-files.ts'
import type { CarrierState } from '#lib/protocol/host-link.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { MachineProcess } from './machine-process.ts'
import { ip, type Machine, NETWORK } from './namespaces.ts'

const HELPER = new URL('../../network/main.ts', import.meta.url).pathname
const SERVER = new URL('letter-server.ts', import.meta.url).pathname

/** So many addresses that are not used for anything else. */
export function testAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `10.99.${16 + (at >> 8)}.${at & 255}`)
}

/** A host of a pair: the network helper, the test's client of it, and a server that listens on every address. */
export class LabHost {
  readonly machine: Machine
  readonly cluster: Cluster
  readonly files: RunFiles
  readonly client: NetworkClient
  readonly events: (CarrierEvent | PeerEvent)[] = []
  problems: string[] = []
  #helper: MachineProcess | null = null
  #server: MachineProcess | null = null

  constructor(machine: Machine, cluster: Cluster) {
    this.machine = machine
    this.cluster = cluster
    this.files = new RunFiles(mkdtempSync(join(tmpdir(), 'fairlead-network-')))
    this.client = new NetworkClient(this.files.socket, {
      onConnect() {},
      onDisconnect() {},
      onCarrier: (event) => this.events.push(event),
      onPeer: (event) => this.events.push(event),
      onProblems: (problems) => {
        this.problems = problems
      },
    })
  }

  /** Starts the helper, connected. */
  async start(...options: string[]): Promise<void> {
    await this.startHelper(...options)
    await this.startServer()
  }

  /** @param options replace those of the same name */
  async startHelper(...options: string[]): Promise<void> {
    const helper = this.spawnHelper(...options)
    this.#helper = helper
    this.client.open()
    await waitFor(
      `the helper of ${this.machine.name}`,
      () => helper.hasEnded || this.client.isConnected,
    )
    if (helper.hasEnded) throw new Error(helper.errors)
  }

  /** A helper that nobody waits for. */
  spawnHelper(...options: string[]): MachineProcess {
    const args = ['--run-directory', this.files.directory, '--interface', 'eth0']
    args.push('--networks', NETWORK, ...options)
    return new MachineProcess(this.machine, [process.execPath, HELPER, ...args])
  }

  async startServer(): Promise<void> {
    const server = new MachineProcess(
      this.machine,
      [process.execPath, SERVER, this.cluster],
      'real-time',
    )
    this.#server = server
    await server.started()
  }

  async killHelper(): Promise<void> {
    await this.endHelper('SIGKILL')
    await waitFor('the lost connection', () => !this.client.isConnected)
  }

  /** Resolves when it has ended. */
  async endHelper(signal: NodeJS.Signals): Promise<void> {
    await this.#helper?.end(signal)
  }

  /** Joins a pair with another host, and says that its node is healthy. */
  async join(other: LabHost, number = 1): Promise<void> {
    await this.client.pair({
      number,
      own: this.cluster,
      own_address: this.machine.address,
      peer_address: other.machine.address,
    })
    await this.client.health({ ok: true })
  }

  setAddresses(addresses: readonly string[], carrier: Cluster, pair = 1) {
    const set = addresses.map((address): HostAddress => ({ address, carriage: { pair, carrier } }))
    return this.client.addresses({ set })
  }

  async stateOf(carrier: Cluster, pair = 1): Promise<CarrierState | undefined> {
    const { carriers } = await this.client.status()
    return carriers.find((one) => one.carrier === carrier && one.pair === pair)?.state
  }

  /** The PIDs of a pair's keepalived: its own and that of its VRRP process. */
  keepalived(pair = 1): number[] {
    const { pid, vrrpPid } = this.files.pair(pair)
    return [pid, vrrpPid]
      .filter((file) => existsSync(file))
      .map((file) => Number(readFileSync(file, 'utf8')))
  }

  /** Sends a signal to both processes of keepalived. */
  signalKeepalived(signal: NodeJS.Signals, pair = 1): void {
    for (const pid of this.keepalived(pair)) {
      try {
        process.kill(pid, signal)
      } catch {
        // Its parent took it along.
      }
    }
  }

  /** Kills everything at once: the host loses power. */
  async crash(): Promise<void> {
    // keepalived must not start its VRRP process again.
    this.signalKeepalived('SIGSTOP')
    await Promise.all([this.#helper?.end(), this.#server?.end()])
    this.signalKeepalived('SIGKILL')
  }

  /** As a firewall that accepts no VRRP. */
  dropAdverts(): void {
    this.#nft('add table ip firewall')
    this.#nft('add chain ip firewall in { type filter hook input priority 0; }')
    this.#nft('add rule ip firewall in ip protocol 112 drop')
  }

  passAdverts(): void {
    this.#nft('delete table ip firewall')
  }

  /** As nftables' own service does when it's restarted. */
  flushRules(): void {
    ip('netns', 'exec', this.machine.namespace, 'nft', 'flush', 'ruleset')
  }

  /** Whether the fence knows the HA IPs. */
  hasFence(): boolean {
    const rules = ip('netns', 'exec', this.machine.namespace, 'nft', 'list', 'ruleset')
    return /map carrier \{[^}]*elements/.test(rules)
  }

  /** What a reboot forgets: the kernel's state and the run directory. */
  forget(): void {
    const { namespace } = this.machine
    this.flushRules()
    ip('-n', namespace, 'address', 'flush', 'dev', 'lo', 'scope', 'global')
    rmSync(this.files.directory, { recursive: true })
  }

  /** Takes the host out of service in an orderly way. */
  async shutDown(): Promise<void> {
    if (!this.#helper || this.#helper.hasEnded) return
    await this.client.shutDown()
    await this.#helper.ended()
  }

  /** What `shut_down` should have removed: HA IPs, the fence, keepalived and files. */
  leftovers(): string[] {
    const { namespace } = this.machine
    const tables = ip('netns', 'exec', namespace, 'nft', 'list', 'tables').trim()
    const labelled = ip('-n', namespace, 'address', 'show', 'label', 'lo:fairlead').trim()
    const running = this.keepalived().map((pid) => `keepalived ${pid}`)
    const files = readdirSync(this.files.directory)
    return [tables, labelled, ...running, ...files].filter((one) => one !== '')
  }

  /** Ends everything, in whatever state it is. */
  async remove(): Promise<void> {
    try {
      await this.shutDown()
    } finally {
      this.client.close()
      await this.#helper?.end()
      await this.#server?.end()
      rmSync(this.files.directory, { recursive: true, force: true })
    }
  }

  #nft(command: string): void {
    ip('netns', 'exec', this.machine.namespace, 'nft', command)
  }
}
