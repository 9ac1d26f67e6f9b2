import { SOLE } from '#lib/control-plane/locks/locks.ts'
import { Fleet } from '#lib/control-plane/nodes/observed/fleet.ts'
import { RollOutLeases } from '#lib/control-plane/placement/roll-out-leases.ts'
import { RollOuts } from '#lib/control-plane/placement/roll-outs.ts'
import type { RegisteredNode } from '#lib/core/node.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { lbReport } from './reports.ts'
import { NODE_A, NODE_B, SwitchedPair } from './switched-pair.ts'
import { followRequest } from './test-nodes.ts'

type LbName = 'x' | 'y' | 'z'

/** A pair of hosts, with the load balancers x and z, which A owns, and y, which B owns, and the decisions on which of them is sent a generation. */
export class RolledOutPair {
  readonly pair: SwitchedPair
  readonly locks = SOLE
  /** Milliseconds. */
  now = 1_000_000
  a!: RolledOutNode
  b!: RolledOutNode
  #rollOuts: RollOuts | null = null

  private constructor(pair: SwitchedPair) {
    this.pair = pair
  }

  static async make(): Promise<RolledOutPair> {
    const made = new RolledOutPair(await SwitchedPair.make(['x', 'y', 'z']))
    made.start()
    made.a.connect()
    made.b.connect()
    return made
  }

  /** The control plane starts, again with no node connected. */
  start(): void {
    this.#rollOuts?.stop()
    const { placements, hosts, registry } = this.pair
    const fleet = new Fleet(registry, placements, this.now)
    const rollOuts = new RollOuts({
      ...{ placements, fleet, hosts, now: () => this.now },
      leases: new RollOutLeases(this.locks),
    })
    const node = (name: NodeName) => {
      const registered = registry.find(name)
      if (!registered) throw new Error(`There is no node ${name}`)
      return new RolledOutNode({ fleet, rollOuts, node: registered, now: () => this.now })
    }
    this.#rollOuts = rollOuts
    this.a = node(NODE_A)
    this.b = node(NODE_B)
  }

  async stop(): Promise<void> {
    this.#rollOuts?.stop()
    await this.pair.stop()
  }
}

type Parts = { fleet: Fleet; rollOuts: RollOuts; node: RegisteredNode; now: () => number }

/** A node as the control plane sees it. Generation 2 has the revision r2. Without a name, it is about the load balancer x. */
class RolledOutNode {
  readonly #parts: Parts
  #disconnects: (() => void)[] = []
  readonly #waitingSince = new Map<LbName, number>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  connect(): void {
    const { fleet, rollOuts, node } = this.#parts
    this.#disconnects = [fleet.connect(node, 1, followRequest()), rollOuts.connect(node.id)]
  }

  disconnect(): void {
    for (const disconnect of this.#disconnects) disconnect()
    this.#waitingSince.clear()
  }

  /** Sends it what is newest in the database, if it may have that. */
  send(generation: number, lb: LbName = 'x'): boolean {
    const { rollOuts, node } = this.#parts
    if (!this.#admit(generation, lb)) return false
    rollOuts.sent(node, configOf(generation, lb))
    return true
  }

  /** It may have this generation, which can't be planned. */
  failsToPlan(generation: number): void {
    const { rollOuts, node } = this.#parts
    if (this.#admit(generation, 'x')) rollOuts.cancel(node, 'x')
  }

  #admit(generation: number, lb: LbName): boolean {
    const { rollOuts, node, now } = this.#parts
    const since = this.#waitingSince.get(lb) ?? now()
    const admission = rollOuts.admit(
      node,
      { id: lb, generation, revision: `r${generation}` },
      since,
    )
    if (admission === 'waiting') this.#waitingSince.set(lb, since)
    else this.#waitingSince.delete(lb)
    return admission === 'admitted'
  }

  /** The generation that the other node has reported and that it may have; null if there is none. */
  get proven(): number | null {
    const { rollOuts, node } = this.#parts
    return rollOuts.proven(node, 'x')?.config.generation ?? null
  }

  applies(generation: number, lb: LbName = 'x'): void {
    const { fleet, node } = this.#parts
    fleet.receive(node, 1, { lbs: [lbReport({ lb_id: lb, generation })] })
  }

  rejects(generation: number): void {
    const { fleet, node } = this.#parts
    const rejected = { generation, reason: 'planted' }
    fleet.receive(node, 1, {
      lbs: [lbReport({ lb_id: 'x', generation: generation - 1, rejected })],
    })
  }

  quarantines(generation: number): void {
    const { fleet, node } = this.#parts
    const since = '2026-07-21T10:17:00Z'
    const quarantined = { lb_id: 'x', generation, since, cause: 'crashed_applying' as const }
    fleet.receive(node, 1, { lbs: [], quarantined: [quarantined] })
  }
}

function configOf(generation: number, lb_id: LbName) {
  return {
    ...{ lb_id, generation, revision: `r${generation}`, changed_at: '2026-07-21T10:17:00Z' },
    ...{ region: 'fr-par' as const, address: null, master: 'a' as const, carriage: null },
    limits: { connections: null, bandwidth: null },
    ...{ frontends: [], backends: [] },
  }
}
