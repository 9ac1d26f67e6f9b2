import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Failover } from '#lib/core/failover.ts'
import type { Region } from '#lib/core/locality.ts'
import type { EgressPolicy } from '#lib/protocol/egress-policy.ts'
import type { EndReason, HangReason, QuarantinedLb } from '#lib/protocol/quarantine.ts'
import type { NodeName } from '#lib/protocol/stream.ts'
import type { HungNode, NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import { AddressRouter } from './address-ownership/address-router.ts'
import { type BoundSocket, bindSockets } from './address-ownership/bind-socket.ts'
import type { Member } from './address-ownership/member.ts'
import { adoptProcess } from './adopted-process.ts'
import { ApplyAdmission } from './apply-admission.ts'
import { Child } from './child.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'
import { HungNodes } from './hung-nodes.ts'
import { localNode, localNodes } from './local-nodes.ts'
import type { NodeCredentials } from './node-credentials.ts'
import { NodeEnds } from './node-ends.ts'
import type { NodeOptions } from './node-options.ts'
import { sayEnd } from './progress.ts'
import { runStateOf } from './run-state.ts'
import type { ChildSpec } from './spawned-process.ts'
import { type Found, findNodes, runDirectory } from './takeover.ts'

const ENTRY = 'lib/node/main.ts'
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
  /** It exited before it was ready, and its next start would fail too. */
  onFatal?(error: Error): void
}

/** A watched process of a node. */
type Watched = { place: Place; child: Child<NodeToSupervisor>; heartbeat: HeartbeatMonitor }

type Options = NodeOptions & {
  dataDir: string
  env: Record<string, string>
  credentials: NodeCredentials
  /** Where they may open sockets to. */
  egress: EgressPolicy
  onFailover: (failover: Failover) => void
  /** All nodes that hang and are not killed yet. */
  onHung: (nodes: HungNode[]) => void
}

/** The nodes, two a region, each of one worker process or several, and the sockets they serve. */
export class Nodes {
  readonly router: AddressRouter
  /** By the process's name. */
  readonly #children = new Map<string, Child<NodeToSupervisor>>()
  readonly #watched = new Map<string, Watched>()
  readonly #options: Options
  readonly #admission = new ApplyAdmission()
  readonly #ends: NodeEnds
  readonly #hung: HungNodes
  /** Processes of each node: as many as the nodes had that are taken over. */
  #workers: number

  constructor(options: Options) {
    const { workers, failbackMs, onFailover } = options
    this.#options = options
    this.#workers = workers
    const bind = (address: string, port: number) => bindSockets(address, port, this.#workers)
    this.router = new AddressRouter(bind, { failbackMs, onFailover })
    this.#ends = new NodeEnds({
      dataDir: options.dataDir,
      runDir: runDirectory(options.dataDir),
      onQuarantine: (node, lbs) => this.#tellQuarantine(node, lbs),
    })
    this.#hung = new HungNodes(options.onHung)
  }

  get workers(): number {
    return this.#workers
  }

  /**
   * Starts a region's two nodes, if they are not there already. Resolves when all their processes are ready; rejects
   * where one ends before it was.
   */
  async startRegion(region: Region): Promise<void> {
    const places = localNodes(region).flatMap(({ name }) =>
      Array.from({ length: this.workers }, (_, index) => ({ name, worker: index + 1 })),
    )
    await Promise.all(places.map((place) => this.#start(place)))
  }

  /**
   * Goes on with the nodes that an earlier supervisor started, if there are any; traffic flows all the while.
   * @returns the regions they are of
   */
  async takeOver(): Promise<Region[]> {
    const { dataDir, env, credentials, heartbeatMs: heartbeat_ms, egress } = this.#options
    const api_url = env.FAIRLEAD_API_URL ?? ''
    const found = await findNodes(dataDir, (node) => ({
      type: 'take_over',
      api_url,
      credential: credentials.of(node),
      heartbeat_ms,
      egress,
    }))
    this.#ends.accountForAbandoned()
    this.#workers = found[0]?.workers ?? this.#workers
    this.router.takingOver()
    await Promise.all(found.map((one) => this.#adopt(one)))
    this.router.takenOver()
    return [...new Set(found.map(({ node }) => localNode(node).region))]
  }

  /** Resolves when the process has told what it has, or has ended. */
  #adopt({ node, worker, process, pipe }: Found): Promise<void> {
    const place = { name: node, worker }
    const child = this.#childOf(place)
    return new Promise((resolve) => {
      const heartbeat = this.#supervise(place, child, { onToldAll: resolve, onEnded: resolve })
      child.adopt((events) => adoptProcess(process, pipe, events))
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
    const { dataDir, env, credentials, heartbeatMs, egress } = this.#options
    const own = {
      ...env,
      FAIRLEAD_EGRESS_POLICY: JSON.stringify(egress),
      FAIRLEAD_WORKERS: String(this.#workers),
      FAIRLEAD_HEARTBEAT_MS: String(heartbeatMs),
      FAIRLEAD_RUN_DIR: runDirectory(dataDir),
      FAIRLEAD_NODE: place.name,
      FAIRLEAD_NODE_CREDENTIAL: credentials.of(place.name),
      FAIRLEAD_WORKER: String(place.worker),
      FAIRLEAD_APPLY_IN_TURN: '1',
    }
    const name = processName(place)
    const spec: ChildSpec = {
      name,
      kind: 'node',
      entry: ENTRY,
      env: own,
      startMsMax: NODE_START_MS_MAX,
      mayEndLate: () => this.#mayEnd(place, 'late'),
    }
    const child = new Child<NodeToSupervisor>(spec, dataDir)
    this.#children.set(name, child)
    return child
  }

  #supervise(
    place: Place,
    child: Child<NodeToSupervisor>,
    { onReady, onToldAll, onEnded, onFatal }: Milestones,
  ): HeartbeatMonitor {
    let member = memberOf(place, child)
    let hung: HangReason | null = null
    const heartbeat = new HeartbeatMonitor({
      ...this.#options,
      stateOf: () => runStateOf(child.pid),
      mayEnd: (reason) => {
        if (this.#mayEnd(place, reason)) return true
        this.#hung.spare(child.name, place.name, reason)
        // Nobody awaits it in this case.
        this.#admission.pass(member)
        onReady?.()
        return false
      },
      onHung: (reason) => {
        hung = reason
        child.kill()
      },
      onRecovered: () => this.#hung.over(child.name),
    })
    this.#watched.set(child.name, { place, child, heartbeat })
    child.onMessage = (message, socket) => {
      if (message.type === 'ready') {
        heartbeat.beat()
        onReady?.()
      } else if (message.type === 'all_told') onToldAll?.()
      else if (message.type === 'heartbeat') heartbeat.beat()
      else if (message.type === 'apply_request') this.#admission.request(member)
      else if (message.type === 'apply_done') this.#admission.pass(member)
      else if (message.type === 'quarantine_over') this.#ends.release(place.name, message.lb_id)
      else route(this.router, member, message, socket)
    }
    child.onFault = (message, socket) => {
      try {
        child.onMessage(message, socket)
        this.router.recover()
      } catch (fault) {
        // Its sockets and claims are unknown now, so it must not go on. The other node takes over.
        child.kill()
        throw fault
      }
    }
    child.onExit = (end) => {
      // First the traffic: the node's other workers have it already, or the other node takes over.
      const at = heartbeat.lastBeatAt ?? performance.now()
      this.router.left(member, { reason: hung ? 'hung' : 'ended', at })
      const verdict = this.#ends.accountFor(place.name, end, hung)
      if (verdict?.applying) this.#admission.failed(place.name, verdict.applying)
      this.#admission.release(member)
      heartbeat.stop()
      this.#hung.over(child.name)
      const wasHung = hung !== null
      hung = null
      member = memberOf(place, child)
      onEnded?.()
      // The generation to blame is quarantined at the second end, so the next start succeeds.
      if (end.fatal && !verdict && !wasHung) onFatal?.(new Error(end.words))
      else sayEnd(child.name, end)
      if (verdict || wasHung) onReady?.()
    }
    return heartbeat
  }

  #tellQuarantine(node: NodeName, lbs: QuarantinedLb[]): void {
    for (const { place, child } of this.#watched.values()) {
      if (place.name === node) child.send({ type: 'quarantine', lbs } satisfies SupervisorToNode)
    }
  }

  #mayEnd({ name }: Place, reason: EndReason): boolean {
    const { region } = localNode(name)
    const isOtherServing = [...this.#watched.values()].some(
      ({ place, heartbeat }) =>
        place.name !== name && localNode(place.name).region === region && heartbeat.isBeating,
    )
    return this.#hung.mayEnd(name, reason, isOtherServing)
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
  else if (message.type === 'accepting') router.accepting(member, message.lb_id)
  else if (message.type === 'yielded') router.yielded(member, message.lb_id)
  else if (message.type === 'stopping') router.left(member)
  else if (message.type === 'is_active') router.isActive(member, message)
  else if (message.type === 'has' && socket) router.has(member, message.lb_id, message, socket)
}

function memberOf({ name, worker }: Place, child: Child<NodeToSupervisor>): Member {
  return {
    name,
    worker,
    cluster: localNode(name).cluster,
    send: (message: SupervisorToNode, socket?: BoundSocket) => child.send(message, socket),
  }
}

/** The regions whose nodes have something to serve from an earlier run, control plane or not. */
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
