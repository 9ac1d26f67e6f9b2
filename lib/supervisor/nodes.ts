import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_NAMES, type NodeName, nodeName, nodePlace } from '#lib/config/stream.ts'
import type { NodeToSupervisor, SupervisorToNode } from '#lib/config/supervision.ts'
import { CLUSTERS, type Region } from '#lib/core/locality.ts'
import { AddressRouter, type Member } from './address-router.ts'
import { type BoundSocket, bindSocket } from './bind-socket.ts'
import { Child } from './child.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'
import { sayEnd } from './progress.ts'

const ENTRY = 'lib/runtime/main.ts'
const NODE_STOP_MS = 3000

/** The node processes, two a region, and the sockets they serve. */
export class Nodes {
  readonly #router = new AddressRouter(bindSocket)
  readonly #children = new Map<NodeName, Child<NodeToSupervisor>>()
  readonly #dataDir: string
  readonly #env: Record<string, string>

  constructor(dataDir: string, env: Record<string, string>) {
    this.#dataDir = dataDir
    this.#env = env
  }

  /**
   * Starts a region's two nodes, if they are not there already. Resolves when both are ready; rejects where one ends
   * before it was.
   */
  async startRegion(region: Region): Promise<void> {
    await Promise.all(CLUSTERS.map((cluster) => this.#start(nodeName(region, cluster))))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.stop(NODE_STOP_MS)))
    this.#router.close()
  }

  #start(name: NodeName): Promise<void> | void {
    if (this.#children.has(name)) return
    const spec = { name: `node-${name}`, entry: ENTRY, env: { ...this.#env, FAIRLEAD_NODE: name } }
    const child = new Child<NodeToSupervisor>(spec, this.#dataDir)
    this.#children.set(name, child)
    return new Promise((resolve, reject) => {
      this.#supervise(name, child, resolve, reject)
      child.start()
    })
  }

  #supervise(
    name: NodeName,
    child: Child<NodeToSupervisor>,
    onReady: () => void,
    onFailed: (error: Error) => void,
  ): void {
    const heartbeat = new HeartbeatMonitor(() => child.kill())
    let member = memberOf(name, child)
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
      // First the traffic: the other node takes over.
      this.#router.left(member)
      heartbeat.stop()
      member = memberOf(name, child)
      if (end.fatal) onFailed(new Error(end.words))
      else sayEnd(child.name, end)
    }
  }
}

function memberOf(name: NodeName, child: Child<NodeToSupervisor>): Member {
  return {
    name,
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
