import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { monotonicMs } from '#lib/config/monotonic-clock.ts'
import { NODE_NAMES, type NodeName, nodeName, nodePlace } from '#lib/config/stream.ts'
import type { Failover, NodeToSupervisor, SupervisorToNode } from '#lib/config/supervision.ts'
import { CLUSTERS, type Region } from '#lib/core/locality.ts'
import { Child } from './child.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'
import type { NodeOptions } from './node-options.ts'
import { sayEnd } from './progress.ts'
import { AddressRouter } from './routing/address-router.ts'
import { type BoundSocket, bindSockets } from './routing/bind-socket.ts'
import type { Lapse, Member } from './routing/member.ts'
import { runStateOf } from './run-state.ts'

const ENTRY = 'lib/runtime/main.ts'
const NODE_STOP_MS = 3000

/** One process of a node: `worker` counts from 1. */
type Place = { name: NodeName; worker: number }

type Options = NodeOptions & {
  dataDir: string
  env: Record<string, string>
  onFailover: (failover: Failover) => void
}

/** The nodes, two a region, each of one worker process or several, and the sockets they serve. */
export class Nodes {
  readonly router: AddressRouter
  /** By the process's name. */
  readonly #children = new Map<string, Child<NodeToSupervisor>>()
  readonly #options: Options

  constructor(options: Options) {
    const { workers, failbackMs, onFailover } = options
    this.#options = options
    const bind = (address: string, port: number) => bindSockets(address, port, workers)
    this.router = new AddressRouter(bind, { failbackMs, onFailover })
  }

  /**
   * Starts a region's two nodes, if they are not there already. Resolves when all their processes are ready; rejects
   * where one ends before it was.
   */
  async startRegion(region: Region): Promise<void> {
    const places = CLUSTERS.flatMap((cluster) =>
      Array.from({ length: this.#options.workers }, (_, index) => ({
        name: nodeName(region, cluster),
        worker: index + 1,
      })),
    )
    await Promise.all(places.map((place) => this.#start(place)))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.stop(NODE_STOP_MS)))
    this.router.close()
  }

  #start(place: Place): Promise<void> | void {
    const { dataDir, env, workers, heartbeatMs } = this.#options
    const name = place.worker === 1 ? `node-${place.name}` : `node-${place.name}-${place.worker}`
    if (this.#children.has(name)) return
    const own = {
      ...env,
      FAIRLEAD_WORKERS: String(workers),
      FAIRLEAD_HEARTBEAT_MS: String(heartbeatMs),
      FAIRLEAD_NODE: place.name,
      FAIRLEAD_WORKER: String(place.worker),
    }
    const child = new Child<NodeToSupervisor>({ name, entry: ENTRY, env: own }, dataDir)
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
    let member = memberOf(place, child)
    let silentSince: number | null = null
    const heartbeat = new HeartbeatMonitor({
      ...this.#options,
      stateOf: () => runStateOf(child.pid),
      onHung: (silentMs) => {
        silentSince = monotonicMs() - silentMs
        child.kill()
      },
    })
    child.onMessage = (message) => {
      if (message.type === 'ready') onReady()
      else if (message.type === 'heartbeat') heartbeat.beat()
      else route(this.router, member, message)
    }
    child.onExit = (end) => {
      const hung: Lapse | null = silentSince === null ? null : { reason: 'hung', at: silentSince }
      // First the traffic: the node's other workers have it already, or the other node takes over.
      this.router.left(member, hung ?? { reason: 'ended', at: monotonicMs() })
      silentSince = null
      heartbeat.stop()
      member = memberOf(place, child)
      if (end.fatal) onFailed(new Error(end.words))
      else sayEnd(child.name, end)
    }
  }
}

/** What a worker says of its sockets. */
function route(
  router: AddressRouter,
  member: Member,
  message: Exclude<NodeToSupervisor, { type: 'ready' | 'heartbeat' }>,
): void {
  if (message.type === 'claim') router.claim(member, message)
  else if (message.type === 'release') router.release(member, message.lb_id)
  else if (message.type === 'accepting') router.accepting(member, message.lb_id, message.at)
  else if (message.type === 'yielded') router.yielded(member, message.lb_id, message.at)
  else router.left(member)
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
