import type { Cluster } from '#lib/core/locality.ts'
import { waitFor } from '#lib/testing/wait.ts'
import type { KeptConnection } from './kept-connections.ts'
import { LabHost } from './lab-host.ts'
import { Bridge } from './namespaces.ts'
import { type Figures, Probes } from './probes.ts'

/** Two hosts of a pair, a client and a machine that asks by ARP, on one bridge. */
export class PairLab {
  readonly bridge = new Bridge()
  readonly a: LabHost
  readonly b: LabHost
  readonly #probes: Probes

  constructor() {
    this.a = new LabHost(this.bridge.add('a', '10.99.0.1'), 'a')
    this.b = new LabHost(this.bridge.add('b', '10.99.0.2'), 'b')
    const client = this.bridge.add('c', '10.99.0.10')
    this.#probes = new Probes(client, this.bridge.add('w', '10.99.0.11'))
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

  measure(address: string, act: () => Promise<void>, durationMs?: number): Promise<Figures> {
    return this.#probes.measure(address, act, durationMs)
  }

  keepConnections(
    address: string,
    count: number,
    durationMs: number,
    act: () => Promise<void>,
  ): Promise<KeptConnection[]> {
    return this.#probes.keepConnections(address, count, durationMs, act)
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
    this.bridge.passAll()
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
}
