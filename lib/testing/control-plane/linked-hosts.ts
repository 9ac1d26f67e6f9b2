import { createInterface } from 'node:readline'
import { detach } from '#lib/process/faults.ts'
import {
  HOST_LINK_PATH,
  HOST_REPORT_PATH,
  type HostOrder,
  type HostReport,
} from '#lib/protocol/host-link.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import { type ConfigMessage, configPath, reportPath } from '#lib/protocol/stream.ts'
import { simulateDelay } from '../wait.ts'
import { hostNode } from './host-nodes.ts'
import {
  type ClientIdentity,
  joinNode,
  openNodeRequest,
  postToNodeListener,
} from './joined-node.ts'
import type { Replica, Replicas } from './replicas.ts'
import { lbReport } from './reports.ts'
import type { RunningControlPlane } from './running-control-plane.ts'
import { TestHosts } from './test-hosts.ts'
import { followRequest } from './test-nodes.ts'

/** How often nodes report their counters. Milliseconds. */
const REPORT_MS = 1000
const RECONNECT_MS = 200

type Member = { id: string; name: NodeName; identity: ClientIdentity }

/** Hosts of a test, joined to control plane processes and linked to each of them by mTLS. Their nodes apply what they are sent. */
export class LinkedHosts {
  readonly hosts: TestHosts
  /** The configurations that nodes were sent, by the position of the control plane. */
  readonly sent: { from: number; name: string; lbId: string; generation: number }[] = []
  /** The orders of each control plane, by its position. */
  readonly orders: { from: number; host: string; order: HostOrder }[] = []
  readonly #targets: readonly Replica[]
  readonly #members: Member[]
  /** What each node has of each load balancer. */
  readonly #generations = new Map<string, Map<string, number>>()
  #isReporting = true
  #isClosed = false
  readonly #timer: NodeJS.Timeout
  readonly #streams: { destroy: () => void }[] = []
  /** Reports to each control plane arrive one after the other. */
  readonly #reporting = new Map<string, Promise<unknown>>()

  private constructor(targets: readonly Replica[], members: Member[]) {
    this.#targets = targets
    this.#members = members
    this.hosts = new TestHosts(members)
    for (const { id } of members) this.#generations.set(id, new Map())
    this.hosts.connect(...members.map(({ name }) => name))
    this.hosts.subscribe((nodeId, report) => this.#report(nodeId, report))
    this.#timer = setInterval(() => this.#reportNodes(), REPORT_MS)
  }

  /** Joins nodes as `hostNode` describes them, and connects them to all. */
  static async join(replicas: Replicas, ...ids: string[]): Promise<LinkedHosts> {
    const targets = replicas.all
    const [first] = targets
    if (!first) throw new Error('There is no control plane to join')
    const { nodePort } = first
    const call: RunningControlPlane['call'] = (method, path, body) =>
      replicas.ask(first, method, path, body)
    const members: Member[] = []
    for (const { name, region, cluster, address } of ids.map((id) => hostNode(id))) {
      const { id, identity } = await joinNode(
        { nodePort, call },
        { name, region, cluster },
        { address },
      )
      members.push({ id, name, identity })
    }
    const linked = new LinkedHosts(targets, members)
    const links = targets.flatMap((_, at) => members.map((member) => linked.#connect(at, member)))
    await Promise.all(links)
    return linked
  }

  /** Whether nodes report what they have. */
  setReporting(isReporting: boolean): void {
    this.#isReporting = isReporting
    this.#reportNodes()
  }

  /** What a node has of a load balancer; 0 for nothing. */
  generation(name: NodeName, lbId: string): number {
    const member = this.#members.find((one) => one.name === name)
    return this.#generations.get(member?.id ?? '')?.get(lbId) ?? 0
  }

  /** The orders that change what hosts do. */
  handOvers(from: number): string[] {
    return this.orders.flatMap((one) =>
      one.from === from && one.order.type === 'hand_over' ? `${one.host} ${one.order.side}` : [],
    )
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const stream of this.#streams) stream.destroy()
  }

  async #connect(at: number, member: Member): Promise<void> {
    const hello = { host: `host-of-${member.name}`, version: '1.0.0' }
    const onOrder = (order: HostOrder) => {
      this.orders.push({ from: at, host: member.name, order })
      this.hosts.send(member.id, order)
    }
    const onConfig = (message: ConfigMessage) => this.#configure(at, member, message)
    await this.#follow(at, member, HOST_LINK_PATH, { body: hello, onMessage: onOrder })
    await this.#follow(at, member, configPath(1), { body: followRequest(), onMessage: onConfig })
  }

  /** Opens a stream, and opens it again when it ends, as hosts and nodes do. */
  async #follow<Message>(
    at: number,
    member: Member,
    path: string,
    stream: { body: unknown; onMessage: (message: Message) => void },
  ): Promise<void> {
    const open = async () => {
      const target = this.#targets[at] as Replica
      const response = await openNodeRequest(target, path, stream.body, member.identity)
      this.#streams.push(response)
      this.#post(at, member, HOST_REPORT_PATH, this.hosts.carriersOf(member.id))
      return response
    }
    const read = async (response: Awaited<ReturnType<typeof open>>) => {
      for await (const line of createInterface({ input: response }))
        stream.onMessage(JSON.parse(line))
    }
    const first = await open()
    const followOn = async () => {
      await read(first).catch(() => {})
      while (!this.#isClosed) {
        await simulateDelay(RECONNECT_MS)
        // The control plane may have ended.
        await open()
          .then(read)
          .catch(() => {})
      }
    }
    detach('process', followOn)
  }

  #configure(from: number, member: Member, message: ConfigMessage): void {
    const generations = this.#generations.get(member.id)
    if (message.type === 'apply') {
      const { lb_id, generation, carriage } = message.config
      this.sent.push({ from, name: member.name, lbId: lb_id, generation })
      generations?.set(lb_id, generation)
      if (carriage) this.hosts.label(member.name, lb_id, carriage)
      this.#reportNodes()
    } else if (message.type === 'remove') {
      generations?.delete(message.lb_id)
      this.hosts.host(member.name).labels.delete(message.lb_id)
    }
  }

  #report(nodeId: string, report: HostReport | null): void {
    const member = this.#members.find(({ id }) => id === nodeId)
    if (!member || !report) return
    for (const at of this.#targets.keys()) this.#post(at, member, HOST_REPORT_PATH, report)
    if (report.type === 'handed_over') this.#reportNodes()
  }

  /** All nodes report what they have to all control planes. */
  #reportNodes(): void {
    if (!this.#isReporting) return
    for (const member of this.#members) {
      const lbs = [...(this.#generations.get(member.id) ?? [])].map(([lb_id, generation]) => {
        const active = this.hosts.acceptingNodes(lb_id).includes(member.name)
        return lbReport({ lb_id, generation, active })
      })
      for (const at of this.#targets.keys()) this.#post(at, member, reportPath(1), { lbs })
    }
  }

  #post(at: number, { name, identity }: Member, path: string, body: unknown): void {
    const target = this.#targets[at] as Replica
    const key = `${at} ${name}`
    const before = this.#reporting.get(key)
    const post = async () => {
      await before
      // It has ended.
      await postToNodeListener(target, path, body, identity).catch(() => {})
    }
    this.#reporting.set(key, post())
  }
}
