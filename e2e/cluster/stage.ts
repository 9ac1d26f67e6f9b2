import type { Failover, FailoverList, FailoverReason } from '#lib/core/failover.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { NodeList } from '#lib/core/node.ts'
import { ClusterLab, type LabOptions, type LbHost } from '#lib/testing/cluster/cluster-lab.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api } from '../support/api.ts'
import { addressOf, createLb } from './lb-of.ts'

type StageLab = Pick<ClusterLab, 'servers' | 'probes' | 'apiUrl' | 'secretKey' | 'remove'> & {
  host(name: string): StageHost
}
type StageHost = Pick<LbHost, 'name' | 'cluster'>

/** Several machines with a load balancer on the first two hosts. */
export class Stage<Lab extends StageLab = ClusterLab> {
  readonly lab: Lab
  readonly api: Api
  readonly lb: Lb

  private constructor(lab: Lab, api: Api, lb: Lb) {
    this.lab = lab
    this.api = api
    this.lb = lb
  }

  static async set(options: Partial<LabOptions> = {}): Promise<Stage> {
    return Stage.on(await ClusterLab.start({ hosts: 2, console: false, ...options }))
  }

  /** Adds the load balancer to machines that run. Nothing of them is left if that fails. */
  static async on<Lab extends StageLab>(lab: Lab): Promise<Stage<Lab>> {
    try {
      const api = new Api(lab)
      return new Stage(lab, api, await createLb(api, lab, 'site'))
    } catch (error) {
      lab.remove()
      throw error
    }
  }

  get address(): string {
    return addressOf(this.lb)
  }

  get first(): ReturnType<Lab['host']> {
    return this.lab.host('lb-1') as ReturnType<Lab['host']>
  }

  get second(): ReturnType<Lab['host']> {
    return this.lab.host('lb-2') as ReturnType<Lab['host']>
  }

  /** The letter of the host that answers clients now; waits until there is one. */
  answering(): Promise<string> {
    return waitFor('an answer', async () => {
      const { letters } = await this.lab.probes.measure(this.address, async () => {}, 350)
      return letters.at(-1)
    })
  }

  /** Switches the load balancer over to a host as soon as that is possible, unless the host has it. */
  async giveTo({ name, cluster }: StageHost): Promise<void> {
    await this.connected(name, true)
    let refusal: unknown = null
    await waitFor(`${name} has the load balancer`, async () => {
      if (await this.isActive(name)) return true
      const path = `/fairlead/v1/lbs/${this.lb.id}/switchover`
      const answer = await this.api.call('POST', path, { to: cluster })
      refusal = answer.body
      return answer.status < 300
    }).catch((error) => {
      throw new Error(`${(error as Error).message}: ${JSON.stringify(refusal)}`)
    })
  }

  /** Whether a node is the only one that accepts, and the other one is ready to take over. */
  async isActive(node: string): Promise<boolean> {
    const { instances } = await this.api.observed(this.lb.id)
    return instances.every((one) => {
      const state = one.node === node ? 'listening' : 'standby'
      const isReady = one.listeners.every((listener) => listener.state === state)
      return one.connected && one.active === (one.node === node) && isReady
    })
  }

  /** Waits until the control plane sees a node connected, or away. */
  async connected(name: string, isConnected: boolean): Promise<void> {
    await waitFor(`${name} is ${isConnected ? 'connected' : 'away'}`, async () => {
      const { nodes } = await this.api.ok<NodeList>('GET', '/fairlead/v1/nodes')
      return nodes.find((node) => node.name === name)?.connected === isConnected
    })
  }

  /** The id of the newest failover of the load balancer. */
  async lastFailover(): Promise<string | null> {
    return (await this.#failovers())[0]?.id ?? null
  }

  /** Waits for the first failover after another one. */
  failoverAfter(id: string | null): Promise<Failover> {
    return waitFor('the failover in the history', async () => {
      const failovers = await this.#failovers()
      const at = id === null ? failovers.length : failovers.findIndex((one) => one.id === id)
      return at > 0 && failovers[at - 1]
    })
  }

  /** The first failover after another one, when it has a reason: the former owner may report that later than the new one. */
  async failoverFor(reason: FailoverReason, after: string | null): Promise<Failover> {
    let last: Failover | null = null
    return waitFor(`the failover in the history: ${reason}`, async () => {
      last = await this.failoverAfter(after)
      return last.reason === reason && last
    }).catch(() => {
      throw new Error(`The history doesn't say ${reason}: ${JSON.stringify(last)}`)
    })
  }

  /** How many failovers and switchovers the load balancer has had since one of them, as far as the first page of them has it. */
  async failoversSince(id: string | null): Promise<number> {
    const failovers = await this.#failovers()
    const at = failovers.findIndex((one) => one.id === id)
    return at < 0 ? failovers.length : at
  }

  /** Newest first. */
  async #failovers(): Promise<Failover[]> {
    const path = `/fairlead/v1/lbs/${this.lb.id}/failovers`
    return (await this.api.ok<FailoverList>('GET', path)).failovers
  }

  [Symbol.dispose](): void {
    this.lab.remove()
  }
}
