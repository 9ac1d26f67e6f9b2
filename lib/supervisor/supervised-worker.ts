import type { BoundSocket } from '#lib/process/bind-socket.ts'
import type { HangReason, KillReason } from '#lib/protocol/quarantine.ts'
import { settingsVariable } from '#lib/protocol/settings/child-settings.ts'
import { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/protocol/supervision.ts'
import type { AddressOwnership, NodeWorker } from './address-ownership/address-ownership.ts'
import { adoptProcess } from './adopted-process.ts'
import type { ApplyAdmission } from './apply-admission.ts'
import { Child, type ChildExit } from './child.ts'
import type { DeferredKills } from './deferred-kills.ts'
import type { RunningWorker } from './find-running-workers.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'
import type { LocalNode } from './local-nodes.ts'
import type { NodeExits } from './node-exits.ts'
import { runStateOf } from './run-state.ts'
import type { ChildSpec } from './spawned-process.ts'
import { printExit } from './terminal.ts'

const ENTRY = 'lib/node/main.ts'
/** A node needs about a second; one that hangs before its first heartbeat is killed after this. Milliseconds. */
const START_MS_MAX = 30_000

/** A worker of a node: its number, from 1, and how many the node has. */
export type WorkerId = { node: LocalNode; worker: number; workers: number }

/** What the workers of all nodes share. */
export type WorkerContext = {
  dataDir: string
  heartbeatMs: number
  hungAfterMs: number
  ownership: AddressOwnership
  admission: ApplyAdmission
  exits: NodeExits
  deferredKills: DeferredKills
  /** Whether a process of a node may be killed now. True counts as a kill. */
  mayKill: (node: LocalNode, reason: KillReason) => boolean
}

/** Callbacks of the start or adoption of the process. */
type Progress = { onReady?(): void; onAdopted?(): void; onFatal?(error: Error): void }

/** A worker's process: restarts it when it ends, kills it when it hangs, and dispatches its messages. */
export class SupervisedWorker {
  readonly node: LocalNode
  readonly #id: WorkerId
  readonly #settings: NodeSettings
  readonly #context: WorkerContext
  readonly #child: Child<NodeToSupervisor>
  readonly #heartbeat: HeartbeatMonitor
  /** The running process, as address ownership and apply admission know it. */
  #running: NodeWorker
  /** Why it hangs, if it is being killed for that. */
  #hang: HangReason | null = null
  #progress: Progress = {}

  constructor(id: WorkerId, settings: NodeSettings, context: WorkerContext) {
    this.node = id.node
    this.#id = id
    this.#settings = settings
    this.#context = context
    const spec: ChildSpec = {
      name: processName(id),
      kind: 'node',
      entry: ENTRY,
      env: () => settingsVariable(NodeSettings, settings),
      startMsMax: START_MS_MAX,
      mayKillLate: () => context.mayKill(id.node, 'late'),
    }
    this.#child = new Child(spec, context.dataDir)
    this.#child.onMessage = (message, socket) => this.#onMessage(message, socket)
    this.#child.onFault = (message, socket) => this.#onFault(message, socket)
    this.#child.onExit = (end) => this.#onExit(end)
    this.#running = this.#newProcess()
    const { heartbeatMs, hungAfterMs, deferredKills } = context
    this.#heartbeat = new HeartbeatMonitor({
      heartbeatMs,
      hungAfterMs,
      stateOf: () => runStateOf(this.#child.pid),
      mayKill: (reason) => this.#mayKill(reason),
      onHung: (reason) => {
        this.#hang = reason
        this.#child.kill()
      },
      onRecovered: () => deferredKills.clear(this.#child.name),
    })
  }

  /** Resolves when it is ready; rejects if it ends before that and a restart can't help. */
  start(): Promise<void> {
    return new Promise((onReady, onFatal) => {
      this.#progress = { onReady, onFatal }
      this.#child.start()
    })
  }

  /** Adopts a process that outlived the previous supervisor. Resolves when it has reported what it holds, or has ended. */
  adopt({ process, pipe }: Pick<RunningWorker, 'process' | 'pipe'>): Promise<void> {
    return new Promise((onAdopted) => {
      this.#progress = { onAdopted }
      this.#child.adopt((events) => adoptProcess(process, pipe, events))
      // It answered a moment ago.
      this.#heartbeat.beat()
      this.send({ type: 'tell' })
    })
  }

  get isBeating(): boolean {
    return this.#heartbeat.isBeating
  }

  send(message: SupervisorToNode): void {
    this.#child.send(message)
  }

  /** Replaces the control planes that it follows, now and after a restart. */
  followControlPlanes(apiUrls: string[]): void {
    this.#settings.apiUrls = apiUrls
    this.send({ type: 'control_planes', api_urls: apiUrls })
  }

  stop(graceMs: number): Promise<void> {
    return this.#child.stop(graceMs)
  }

  #newProcess(): NodeWorker {
    const { node, worker, workers } = this.#id
    const { name, region, cluster } = node
    const send = (message: SupervisorToNode, socket?: BoundSocket) =>
      this.#child.send(message, socket)
    return { node: name, region, cluster, worker, workers, send }
  }

  #mayKill(reason: HangReason): boolean {
    const { mayKill, deferredKills, admission } = this.#context
    if (mayKill(this.node, reason)) return true
    deferredKills.defer(this.#child.name, this.node, reason)
    admission.endGrant(this.#running)
    // The start of its region doesn't wait for it.
    this.#progress.onReady?.()
    return false
  }

  #onMessage(message: NodeToSupervisor, socket?: BoundSocket): void {
    const { admission, exits, ownership } = this.#context
    if (message.type === 'ready') {
      this.#heartbeat.beat()
      ownership.ready(this.#running)
      this.#progress.onReady?.()
    } else if (message.type === 'heartbeat') this.#heartbeat.beat()
    else if (message.type === 'all_told') this.#progress.onAdopted?.()
    else if (message.type === 'apply_request') admission.request(this.#running)
    else if (message.type === 'apply_done') admission.endGrant(this.#running)
    else if (message.type === 'quarantine_over') exits.release(this.node.name, message.lb_id)
    else onAddressMessage(ownership, this.#running, message, socket)
  }

  /** Handling a message threw: it is handled once more. */
  #onFault(message: NodeToSupervisor, socket?: BoundSocket): void {
    try {
      this.#onMessage(message, socket)
      this.#context.ownership.recover()
    } catch (fault) {
      // Its sockets and claims are unknown now, so it must not go on. The other node takes over.
      this.#child.kill()
      throw fault
    }
  }

  #onExit(end: ChildExit): void {
    const { ownership, exits, admission, deferredKills } = this.#context
    // Traffic first: clients are waiting.
    const at = this.#heartbeat.lastBeatAt ?? performance.now()
    ownership.ended(this.#running, { reason: this.#hang ? 'hung' : 'ended', at })
    const blame = exits.accountFor(this.node.name, end, this.#hang)
    if (blame?.applying) admission.failed(this.#running, blame.applying)
    admission.release(this.#running)
    this.#heartbeat.stop()
    deferredKills.clear(this.#child.name)
    const wasHung = this.#hang !== null
    this.#hang = null
    this.#running = this.#newProcess()
    this.#progress.onAdopted?.()
    // The generation to blame is quarantined at the second end, so the next start succeeds.
    if (end.beforeReady && !blame && !wasHung) this.#progress.onFatal?.(new Error(end.message))
    else printExit(this.#child.name, end)
    if (blame || wasHung) this.#progress.onReady?.()
  }
}

const processName = ({ node: { name }, worker }: WorkerId) =>
  worker === 1 ? `node-${name}` : `node-${name}-${worker}`

/** Dispatches a worker's message about addresses. */
function onAddressMessage(
  ownership: AddressOwnership,
  worker: NodeWorker,
  message: NodeToSupervisor,
  socket?: BoundSocket,
): void {
  if (message.type === 'claim') ownership.claim(worker, message)
  else if (message.type === 'release') ownership.release(worker, message.lb_id)
  else if (message.type === 'accepting') ownership.accepting(worker, message.lb_id)
  else if (message.type === 'yielded') ownership.stoppedAccepting(worker, message.lb_id)
  else if (message.type === 'stopping') ownership.ended(worker)
  else if (message.type === 'is_active') ownership.adoptOwner(worker, message)
  else if (message.type === 'has' && socket) {
    ownership.adoptSocket(worker, message.lb_id, message, socket)
  }
}
