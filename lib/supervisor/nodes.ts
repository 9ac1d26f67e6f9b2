import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Region } from '#lib/core/locality.ts'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { KillReason, QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'
import type { AddressOwnership } from './address-ownership/address-ownership.ts'
import { ApplyAdmission } from './apply-admission.ts'
import { DeferredKills } from './deferred-kills.ts'
import { findRunningWorkers, runDirectory } from './find-running-workers.ts'
import { type LocalNode, localNodes } from './local-nodes.ts'
import type { NodeAccess } from './node-credentials.ts'
import { NodeExits } from './node-exits.ts'
import type { NodeOptions } from './settings/node-settings.ts'
import { SupervisedWorker, type WorkerContext } from './supervised-worker.ts'

const STOP_MS = 3000

type Options = Omit<NodeOptions, 'failbackMs'> & {
  /** The nodes that this machine may run. */
  nodes: readonly LocalNode[]
  credentials: { of(node: LocalNode): NodeAccess }
  ownership: AddressOwnership
  /** Called with all nodes that hang and are not killed yet, when that list changes. */
  onHung: (nodes: HungNode[]) => void
}

/** The nodes of this machine, each of one worker process or several. */
export class Nodes {
  readonly #options: Options
  /** By node and worker number. */
  readonly #workers = new Map<string, SupervisedWorker>()
  readonly #context: WorkerContext
  readonly #exits: NodeExits
  readonly #deferredKills: DeferredKills
  #workersPerNode: number

  constructor(options: Options) {
    const { hungAfterMs, ownership } = options
    const { dataDir, heartbeatMs } = options.shared
    this.#options = options
    this.#workersPerNode = options.workers
    this.#exits = new NodeExits({
      dataDir,
      runDir: runDirectory(dataDir),
      onQuarantine: (node, lbs) => this.#sendQuarantine(node, lbs),
    })
    this.#deferredKills = new DeferredKills(options.onHung)
    this.#context = {
      dataDir,
      heartbeatMs,
      hungAfterMs,
      ownership,
      admission: new ApplyAdmission(),
      exits: this.#exits,
      deferredKills: this.#deferredKills,
      mayKill: (node, reason) => this.#mayKill(node, reason),
    }
  }

  /** From the settings, or as many as the adopted nodes have. */
  get workersPerNode(): number {
    return this.#workersPerNode
  }

  /** Starts the nodes of a region, unless they run. Resolves when all workers are ready; rejects if one ends before that. */
  async startRegion(region: Region): Promise<void> {
    const numbers = Array.from({ length: this.#workersPerNode }, (_, index) => index + 1)
    const missing = this.#options.nodes
      .filter((node) => node.region === region)
      .flatMap((node) => numbers.map((worker) => ({ node, worker })))
      .filter(({ node, worker }) => !this.#workers.has(keyOf(node, worker)))
    const added = missing.map(({ node, worker }) => this.#add(node, worker))
    await Promise.all(added.map((worker) => worker.start()))
  }

  /**
   * Adopts the nodes that outlived the previous supervisor, without an interruption.
   * @returns their regions
   */
  async adoptRunning(): Promise<Region[]> {
    const { shared, credentials, ownership } = this.#options
    const { dataDir, apiUrls: api_urls, heartbeatMs: heartbeat_ms, egress } = shared
    const [api_url = ''] = api_urls
    const running = await findRunningWorkers(dataDir, (name) => {
      const node = this.#nodeNamed(name)
      const { credential } = node ? credentials.of(node) : {}
      if (credential === undefined) return null
      return { type: 'take_over', api_url, api_urls, credential, heartbeat_ms, egress }
    })
    this.#exits.accountForAbandoned()
    this.#workersPerNode = running[0]?.workers ?? this.#workersPerNode
    ownership.beginAdoption()
    const adopted = running.flatMap((one) => {
      const node = this.#nodeNamed(one.node)
      return node ? [{ ...one, node }] : []
    })
    await Promise.all(adopted.map((one) => this.#add(one.node, one.worker).adopt(one)))
    ownership.endAdoption()
    return [...new Set(adopted.map(({ node }) => node.region))]
  }

  /** Tells all nodes which control planes there are. @param apiUrls all of them */
  followControlPlanes(apiUrls: string[]): void {
    this.#options.shared.apiUrls = apiUrls
    for (const worker of this.#workers.values()) worker.followControlPlanes(apiUrls)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop(STOP_MS)))
    this.#options.ownership.close()
  }

  #add(node: LocalNode, number: number): SupervisedWorker {
    const { shared, credentials } = this.#options
    const workers = this.#workersPerNode
    const settings = {
      ...shared,
      node: node.name,
      ...credentials.of(node),
      worker: number,
      workers,
      runDir: runDirectory(shared.dataDir),
      needsApplyGrant: true,
    }
    const worker = new SupervisedWorker({ node, worker: number, workers }, settings, this.#context)
    this.#workers.set(keyOf(node, number), worker)
    return worker
  }

  #sendQuarantine(node: NodeName, lbs: QuarantinedLb[]): void {
    for (const worker of this.#workers.values()) {
      if (worker.node.name === node) worker.send({ type: 'quarantine', lbs })
    }
  }

  #nodeNamed(name: NodeName): LocalNode | undefined {
    return this.#options.nodes.find((node) => node.name === name)
  }

  #mayKill(node: LocalNode, reason: KillReason): boolean {
    const { name, region } = node
    const isOtherServing = [...this.#workers.values()].some(
      (other) => other.node.name !== name && other.node.region === region && other.isBeating,
    )
    return this.#deferredKills.mayKill(node, reason, isOtherServing)
  }
}

const keyOf = ({ name }: LocalNode, worker: number) => `${name}/${worker}`

/** The regions whose nodes have last good configurations to serve, with or without a control plane. */
export function regionsWithLastGoodConfig(dataDir: string): Region[] {
  const nodes = localNodes().filter(({ name }) => hasConfigs(join(dataDir, 'nodes', name)))
  return [...new Set(nodes.map(({ region }) => region))]
}

function hasConfigs(directory: string): boolean {
  try {
    return readdirSync(directory).some((file) => file.endsWith('.json'))
  } catch {
    return false
  }
}
