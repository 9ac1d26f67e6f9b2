import { simulateDelay, waitFor } from '#lib/testing/wait.ts'
import { bothAnsweringMs, letters, longestGap, lost } from './figures.ts'
import type { KeptConnection } from './kept-connections.ts'
import { MachineProcess } from './machine-process.ts'
import { ip, type Machine } from './namespaces.ts'
import type { Attempt } from './prober.ts'

const PROBE_MS = 2
const ASK_MS = 2
/** How long it measures at least. Undisturbed operation at first, for comparison, and afterwards what follows. Milliseconds. */
const MEASURE_MS = 1300
const UNDISTURBED_MS = 300
const AFTERWARDS_MS = 500
const ASK_ONCE_MS = 50
/**
 * For `measure` where no connection may be lost: 500 connections a second are more than a proxy serves whose CPUs others keep busy, and the
 * client, which runs before it, gives each up after a second.
 */
export const UNHURRIED_PROBE_MS = 10

export type Figures = {
  /** The longest time without a new connection. Milliseconds. */
  gapMs: number
  lost: number
  /** The hosts that answered, in order: `ab`. */
  letters: string
  /** How long both hosts answered ARP. Milliseconds. */
  bothMs: number
}

/** What clients see of an address: a client that opens connections, and a machine that asks for it by ARP. */
export class Probes {
  readonly #client: Machine
  readonly #watcher: Machine

  constructor(client: Machine, watcher: Machine) {
    this.#client = client
    this.#watcher = watcher
    // A prober opens more connections than there are ports, if each is kept after its end.
    const { namespace } = client
    ip('netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv4.tcp_tw_reuse=1')
  }

  /**
   * Opens connections to an address, and asks for it by ARP every 2 ms, while something happens.
   * @param act resolves when what it did has had its effect, except on clients
   * @param probeMs how often it opens a connection
   */
  async measure(
    address: string,
    act: () => Promise<void>,
    durationMs = MEASURE_MS,
    probeMs = PROBE_MS,
  ): Promise<Figures> {
    const [figures] = await this.measureAll([address], act, durationMs, probeMs)
    return figures as Figures
  }

  /**
   * The same for several addresses at once. All connections together are as many as to one address.
   * @returns the figures of each address
   */
  async measureAll(
    addresses: readonly string[],
    act: () => Promise<void>,
    durationMs = MEASURE_MS,
    probeMs = PROBE_MS,
  ): Promise<Figures[]> {
    const prober = this.#onClient('prober.ts', addresses.join(), probeMs)
    const watchers = addresses.map((address) => this.#askArp(address))
    await Promise.all([prober, ...watchers].map((probe) => probe.ready()))
    const startedAt = monotonicMs()
    await simulateDelay(UNDISTURBED_MS)
    const actedAt = monotonicMs()
    await act()
    await simulateDelay(Math.max(AFTERWARDS_MS, startedAt + durationMs - monotonicMs()))
    const attempts = JSON.parse(await prober.finished()) as Attempt[]
    const asked = await Promise.all(watchers.map((watcher) => watcher.finished()))
    return addresses.map((address, at) => {
      const own = attempts.filter((one) => one.address === address)
      return {
        gapMs: longestGap(own, actedAt),
        lost: lost(own.filter((one) => one.at >= actedAt - probeMs)),
        letters: letters(own),
        bothMs: bothAnsweringMs(asked[at] ?? '', ASK_MS),
      }
    })
  }

  /** The MACs that answer ARP for an address now. */
  async answering(address: string): Promise<string[]> {
    const asking = this.#askArp(address)
    await asking.ready()
    await simulateDelay(ASK_ONCE_MS)
    const asked = await asking.finished()
    return [...new Set([...asked.matchAll(/^\d+ (\S+)$/gm)].map(([, mac = '']) => mac))]
  }

  /** Keeps connections to each of these addresses in use until `act` has resolved, and a while longer. */
  async keepConnections(
    addresses: string | readonly string[],
    count: number,
    durationMs: number,
    act: () => Promise<void>,
  ): Promise<KeptConnection[]> {
    const all = [addresses].flat()
    const kept = this.#onClient('kept-connections.ts', all.join(), count)
    const startedAt = monotonicMs()
    await waitFor('the connections', () => kept.errors.split('\n').length > count * all.length)
    await act()
    await simulateDelay(Math.max(AFTERWARDS_MS, startedAt + durationMs - monotonicMs()))
    return JSON.parse(await kept.finished())
  }

  #onClient(program: string, ...args: (string | number)[]): MachineProcess {
    const path = new URL(program, import.meta.url).pathname
    const command = [process.execPath, path, ...args.map(String)]
    return new MachineProcess(this.#client, command, 'real-time')
  }

  #askArp(address: string): MachineProcess {
    const { namespace, mac } = this.#watcher
    const index = ip('netns', 'exec', namespace, 'cat', '/sys/class/net/eth0/ifindex').trim()
    const path = new URL('ask-arp.pl', import.meta.url).pathname
    const args = [index, mac, address, '10.99.250', String(ASK_MS)]
    return new MachineProcess(this.#watcher, ['perl', path, ...args], 'real-time')
  }
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
