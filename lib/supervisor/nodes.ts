import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { monotonicMs } from '#lib/config/monotonic-clock.ts'
import { NODE_NAMES, type NodeName, nodeName, nodePlace } from '#lib/config/stream.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/config/supervision.ts'
import type { Failover } from '#lib/core/failover.ts'
import { CLUSTERS, type Region } from '#lib/core/locality.ts'
import { adoptProcess } from './adopted-process.ts'
import { Child } from './child.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'
import type { NodeOptions } from './node-options.ts'
import { sayEnd } from './progress.ts'
import { AddressRouter } from './routing/address-router.ts'
import { type BoundSocket, bindSockets } from './routing/bind-socket.ts'
import type { Lapse, Member } from './routing/member.ts'
import { runStateOf } from './run-state.ts'
import { type Found, findNodes, runDirectory } from './takeover.ts'

const ENTRY = 'lib/runtime/main.ts'
const NODE_STOP_MS = 3000
/** A node needs about a second; one that hangs before its first heartbeat is ended after this. Milliseconds. */
const NODE_START_MS_MAX = 30_000

/** One process of a node: `worker` counts from 1. */
type Place = { name: NodeName; worker: number }

/** What there is to know of a process that is begun with. */
type Milestones = {
  onReady?(): void
  /** It has told all that it has. */
  onToldAll?(): void
  onEnded?(): void
  /** It ended before it was ready. */
  onFatal?(error: Error): void
}

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
  /** Processes of each node: as many as the nodes had that are taken over. */
  #workers: number

  constructor(options: Options) {
    const { workers, failbackMs, onFailover } = options
    this.#options = options
    this.#workers = workers
    const bind = (address: string, port: number) => bindSockets(address, port, this.#workers)
    this.router = new AddressRouter(bind, { failbackMs, onFailover })
  }

  get workers(): number {
    return this.#workers
  }

  /**
   * Starts a region's two nodes, if they are not there already. Resolves when all their processes are ready; rejects
   * where one ends before it was.
   */
  async startRegion(region: Region): Promise<void> {
    const places = CLUSTERS.flatMap((cluster) =>
      Array.from({ length: this.workers }, (_, index) => ({
        name: nodeName(region, cluster),
        worker: index + 1,
      })),
    )
    await Promise.all(places.map((place) => this.#start(place)))
  }

  /**
   * Goes on with the nodes that an earlier supervisor started, if there are any; traffic flows all the while.
   * @returns the regions they are of
   */
  async takeOver(): Promise<Region[]> {
    const { dataDir, env, heartbeatMs: heartbeat_ms } = this.#options
    const [api_url = '', secret = ''] = [env.FAIRLEAD_API_URL, env.FAIRLEAD_NODE_SECRET]
    const found = await findNodes(dataDir, { type: 'take_over', api_url, secret, heartbeat_ms })
    this.#workers = found[0]?.workers ?? this.#workers
    this.router.takingOver()
    await Promise.all(found.map((one) => this.#adopt(one)))
    this.router.takenOver()
    return [...new Set(found.map(({ node }) => nodePlace(node).region))]
  }

  /** Resolves when the process has told what it has, or has ended. */
  #adopt({ node, worker, pid, pipe }: Found): Promise<void> {
    const place = { name: node, worker }
    const child = this.#childOf(place)
    return new Promise((resolve) => {
      const heartbeat = this.#supervise(place, child, { onToldAll: resolve, onEnded: resolve })
      child.adopt((events) => adoptProcess(pid, pipe, events))
      // It answered a moment ago.
      heartbeat.beat()
      child.send({ type: 'tell' })
    })
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.stop(NODE_STOP_MS)))
    this.router.close()
  }

  #start(place: Place): Promise<void> | void {
    if (this.#children.has(processName(place))) return
    const child = this.#childOf(place)
    return new Promise((resolve, reject) => {
      this.#supervise(place, child, { onReady: resolve, onFatal: reject })
      child.start()
    })
  }

  #childOf(place: Place): Child<NodeToSupervisor> {
    const { dataDir, env, heartbeatMs } = this.#options
    const own = {
      ...env,
      FAIRLEAD_WORKERS: String(this.#workers),
      FAIRLEAD_HEARTBEAT_MS: String(heartbeatMs),
      FAIRLEAD_RUN_DIR: runDirectory(dataDir),
      FAIRLEAD_NODE: place.name,
      FAIRLEAD_WORKER: String(place.worker),
    }
    const name = processName(place)
    const spec = { name, entry: ENTRY, env: own, startMsMax: NODE_START_MS_MAX }
    const child = new Child<NodeToSupervisor>(spec, dataDir)
    this.#children.set(name, child)
    return child
  }

  #supervise(
    place: Place,
    child: Child<NodeToSupervisor>,
    milestones: Milestones,
  ): HeartbeatMonitor {
    const { onReady, onToldAll, onEnded, onFatal } = milestones
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
    child.onMessage = (message, socket) => {
      if (message.type === 'ready') {
        heartbeat.beat()
        onReady?.()
      } else if (message.type === 'all_told') onToldAll?.()
      else if (message.type === 'heartbeat') heartbeat.beat()
      else route(this.router, member, message, socket)
    }
    child.onExit = (end) => {
      const hung: Lapse | null = silentSince === null ? null : { reason: 'hung', at: silentSince }
      // First the traffic: the node's other workers have it already, or the other node takes over.
      this.router.left(member, hung ?? { reason: 'ended', at: monotonicMs() })
      silentSince = null
      heartbeat.stop()
      member = memberOf(place, child)
      onEnded?.()
      if (end.fatal) onFatal?.(new Error(end.words))
      else sayEnd(child.name, end)
    }
    return heartbeat
  }
}

const processName = ({ name, worker }: Place) =>
  worker === 1 ? `node-${name}` : `node-${name}-${worker}`

/** What a worker says of its sockets. */
function route(
  router: AddressRouter,
  member: Member,
  message: NodeToSupervisor,
  socket?: BoundSocket,
): void {
  if (message.type === 'claim') router.claim(member, message)
  else if (message.type === 'release') router.release(member, message.lb_id)
  else if (message.type === 'accepting') router.accepting(member, message.lb_id, message.at)
  else if (message.type === 'yielded') router.yielded(member, message.lb_id, message.at)
  else if (message.type === 'stopping') router.left(member)
  else if (message.type === 'is_active') router.isActive(member, message.lb_id, message.since)
  else if (message.type === 'has' && socket) router.has(member, message.lb_id, message, socket)
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
