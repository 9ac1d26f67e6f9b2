import { setTimeout } from 'node:timers/promises'
import type { Cluster } from '#lib/core/locality.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { bothAnsweringMs, letters, longestGap, lost } from './figures.ts'
import type { KeptConnection } from './kept-connections.ts'
import { LabHost } from './lab-host.ts'
import { MachineProcess } from './machine-process.ts'
import { Bridge, ip, type Machine } from './namespaces.ts'
import type { Attempt } from './prober.ts'

const PROBE_MS = 2
const ASK_MS = 2
/** How long it measures. Undisturbed operation at first, for comparison. Milliseconds. */
const MEASURE_MS = 1300
const UNDISTURBED_MS = 300

export type Figures = {
  /** The longest time without a new connection. Milliseconds. */
  gapMs: number
  lost: number
  /** The hosts that answered, in order: `ab`. */
  letters: string
  /** How long both hosts answered ARP. Milliseconds. */
  bothMs: number
}

/** Two hosts of a pair, a client and a machine that asks by ARP, on one bridge. */
export class PairLab {
  readonly bridge = new Bridge()
  readonly a: LabHost
  readonly b: LabHost
  readonly #client: Machine
  readonly #watcher: Machine

  constructor() {
    this.a = new LabHost(this.bridge.add('a', '10.99.0.1'), 'a')
    this.b = new LabHost(this.bridge.add('b', '10.99.0.2'), 'b')
    this.#client = this.bridge.add('c', '10.99.0.10')
    this.#watcher = this.bridge.add('w', '10.99.0.11')
    // A prober opens more connections than there are ports, if each is kept after its end.
    this.#sysctl(this.#client, 'net/ipv4/tcp_tw_reuse', '1')
  }

  /** Starts both hosts as pair 1; each owns its own carrier. */
  async start(...options: string[]): Promise<void> {
    await Promise.all([this.a.start(...options), this.b.start(...options)])
    await Promise.all([this.a.join(this.b), this.b.join(this.a)])
    await this.settle('a', this.a)
    await this.settle('b', this.b)
  }

  other(host: LabHost): LabHost {
    return host === this.a ? this.b : this.a
  }

  /** Waits until one host owns a carrier and the other is its backup. @returns the owner */
  async owner(carrier: Cluster): Promise<LabHost> {
    return waitFor(`an owner of carrier ${carrier}`, async () => {
      const states = await Promise.all([this.a.stateOf(carrier), this.b.stateOf(carrier)])
      if (states.join() === 'owner,backup') return this.a
      return states.join() === 'backup,owner' && this.b
    })
  }

  /** Has a host own a carrier that no address is on. */
  async settle(carrier: Cluster, host: LabHost): Promise<void> {
    const owner = await this.owner(carrier)
    if (owner !== host) await owner.client.yieldCarrier({ pair: 1, carrier })
    await waitFor(`carrier ${carrier}`, async () => (await this.owner(carrier)) === host)
  }

  /** The same addresses on both hosts. */
  async setAddresses(addresses: readonly string[], carrier: Cluster): Promise<void> {
    await Promise.all([
      this.a.setAddresses(addresses, carrier),
      this.b.setAddresses(addresses, carrier),
    ])
  }

  /**
   * Opens a connection to an address every 2 ms and asks for it by ARP as often, while something happens.
   * @param act resolves when what it did has had its effect, except on clients
   */
  async measure(
    address: string,
    act: () => Promise<void>,
    durationMs = MEASURE_MS,
  ): Promise<Figures> {
    const prober = this.#onClient('prober.ts', address, PROBE_MS, durationMs)
    const watcher = this.#askArp(address, durationMs)
    await setTimeout(UNDISTURBED_MS)
    const actedAt = Number(process.hrtime.bigint()) / 1e6
    await act()
    const [attempts, asked] = await Promise.all([prober.ended(), watcher.ended()])
    const parsed = JSON.parse(attempts) as Attempt[]
    return {
      gapMs: longestGap(parsed, actedAt),
      lost: lost(parsed.filter(({ at }) => at >= actedAt - PROBE_MS)),
      letters: letters(parsed),
      bothMs: bothAnsweringMs(asked, ASK_MS),
    }
  }

  /** Keeps connections to an address in use until `act` has resolved, and a while longer. */
  async keepConnections(
    address: string,
    count: number,
    durationMs: number,
    act: () => Promise<void>,
  ): Promise<KeptConnection[]> {
    const kept = this.#onClient('kept-connections.ts', address, count, durationMs)
    await waitFor('the connections', () => kept.errors.split('\n').length > count)
    await act()
    return JSON.parse(await kept.ended())
  }

  /** Plans a change of hosts as the control plane does: the new owner first. */
  async handOver(addresses: string[], to: LabHost): Promise<void> {
    const from = this.other(to)
    const change = { addresses, pair: 1, carrier: to.cluster }
    const peers = { arriving: from.machine.address, leaving: to.machine.address }
    await to.client.handOver({ ...change, side: 'arriving', peer: peers.arriving })
    await from.client.handOver({ ...change, side: 'leaving', peer: peers.leaving })
  }

  /** The hosts no longer hear each other's adverts, while clients reach both. */
  part(): void {
    this.bridge.dropVrrp()
  }

  meet(): void {
    this.bridge.passVrrp()
  }

  /** A host loses power: nothing of it runs, and its cable is dead. */
  async die(host: LabHost): Promise<void> {
    this.bridge.cut(host.machine)
    await host.crash()
  }

  /** It boots again: addresses, fence and processes are gone. */
  async boot(host: LabHost): Promise<void> {
    host.forget()
    this.bridge.plug(host.machine)
    await host.start()
    await host.join(this.other(host))
  }

  async remove(): Promise<void> {
    try {
      await Promise.all([this.a.remove(), this.b.remove()])
    } finally {
      this.bridge.remove()
    }
  }

  #onClient(program: string, ...args: (string | number)[]): MachineProcess {
    const path = new URL(program, import.meta.url).pathname
    const command = [process.execPath, path, ...args.map(String)]
    return new MachineProcess(this.#client, command, 'real-time')
  }

  #askArp(address: string, durationMs: number): MachineProcess {
    const { namespace, mac } = this.#watcher
    const index = ip('netns', 'exec', namespace, 'cat', '/sys/class/net/eth0/ifindex').trim()
    const path = new URL('ask-arp.pl', import.meta.url).pathname
    const args = [index, mac, address, '10.99.250', String(ASK_MS), String(durationMs)]
    return new MachineProcess(this.#watcher, ['perl', path, ...args], 'real-time')
  }

  #sysctl({ namespace }: Machine, name: string, value: string): void {
    ip('netns', 'exec', namespace, 'sysctl', '-qw', `${name.replaceAll('/', '.')}=${value}`)
  }
}
