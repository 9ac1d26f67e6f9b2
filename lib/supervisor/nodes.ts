import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_NAMES, type NodeName, nodeName, nodePlace } from '#lib/config/stream.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/config/supervision.ts'
import { CLUSTERS, type Region } from '#lib/core/locality.ts'
import { AddressRouter, type Member } from './address-router.ts'
import { type BoundSocket, bindSockets } from './bind-socket.ts'
import { Child } from './child.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'
import { sayEnd } from './progress.ts'

const ENTRY = 'lib/runtime/main.ts'
const NODE_STOP_MS = 3000

/** One process of a node: `worker` counts from 1. */
type Place = { name: NodeName; worker: number }

/** The nodes, two a region, each of one worker process or several, and the sockets they serve. */
export class Nodes {
  readonly #router: AddressRouter
  /** By the process's name. */
  readonly #children = new Map<string, Child<NodeToSupervisor>>()
  readonly #dataDir: string
  readonly #env: Record<string, string>
  readonly #workers: number

  /** @param workers processes of each node */
  constructor(dataDir: string, env: Record<string, string>, workers: number) {
    this.#dataDir = dataDir
    this.#env = { ...env, FAIRLEAD_WORKERS: String(workers) }
    this.#workers = workers
    this.#router = new AddressRouter((address, port) => bindSockets(address, port, workers))
  }

  /**
   * Starts a region's two nodes, if they are not there already. Resolves when all their processes are ready; rejects
   * where one ends before it was.
   */
  async startRegion(region: Region): Promise<void> {
    const places = CLUSTERS.flatMap((cluster) =>
      Array.from({ length: this.#workers }, (_, index) => ({
        name: nodeName(region, cluster),
        worker: index + 1,
      })),
    )
    await Promise.all(places.map((place) => this.#start(place)))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.stop(NODE_STOP_MS)))
    this.#router.close()
  }

  #start(place: Place): Promise<void> | void {
    const name = place.worker === 1 ? `node-${place.name}` : `node-${place.name}-${place.worker}`
    if (this.#children.has(name)) return
    const env = {
      ...this.#env,
      FAIRLEAD_NODE: place.name,
      FAIRLEAD_WORKER: String(place.worker),
    }
    const child = new Child<NodeToSupervisor>({ name, entry: ENTRY, env }, this.#dataDir)
    this.#children.set(name, child)
    return new Promise((resolve, reject) => {
      this.#supervise(place, child, resolve, reject)
      child.start()
    })
  }

  #supervise(
    place: Place,
    child: Child<NodeToSupervisor>,
    onReady: () => void,
    onFailed: (error: Error) => void,
  ): void {
    const heartbeat = new HeartbeatMonitor(() => child.kill())
    let member = memberOf(place, child)
    child.onMessage = (message) => {
      switch (message.type) {
        case 'ready':
          return onReady()
        case 'heartbeat':
          return heartbeat.beat()
        case 'claim':
          return this.#router.claim(member, message)
        case 'release':
          return this.#router.release(member, message.lb_id)
      }
    }
    child.onExit = (end) => {
      // First the traffic: the node's other workers have it already, or the other node takes over.
      this.#router.left(member)
      heartbeat.stop()
      member = memberOf(place, child)
      if (end.fatal) onFailed(new Error(end.words))
      else sayEnd(child.name, end)
    }
  }
}

function memberOf({ name, worker }: Place, child: Child<NodeToSupervisor>): Member {
  return {
    name,
    worker,
    cluster: nodePlace(name).cluster,
    send: (message: SupervisorToNode, socket?: BoundSocket) => child.send(message, socket),
  }
}

/** The regions whose nodes have something to serve from an earlier run, control plane or not. */
export function regionsWithLastGoodConfig(dataDir: string): Region[] {
  const regions = NODE_NAMES.filter((name) => hasConfigs(join(dataDir, 'nodes', name)))
  return [...new Set(regions.map((name) => nodePlace(name).region))]
}

function hasConfigs(directory: string): boolean {
  try {
    return readdirSync(directory).some((file) => file.endsWith('.json'))
  } catch {
    return false
  }
}
