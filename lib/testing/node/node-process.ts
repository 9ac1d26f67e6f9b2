import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { type FaultReport, type LbReport, NodeReport } from '#lib/protocol/report.ts'
import { settingsVariable } from '#lib/protocol/settings/child-settings.ts'
import { NodeSettings } from '#lib/protocol/settings/node-settings.ts'
import { type ConfigMessage, FollowRequest } from '#lib/protocol/stream.ts'
import type { NodeToSupervisor } from '#lib/protocol/supervision.ts'
import { BUILT_IN } from '#lib/runtime/sockets/egress-gate.ts'
import type { SocketHandle } from '#lib/runtime/sockets/listener-source.ts'
import { bindHandle, TEST_ADDRESS, until } from '../runtime/running-lb.ts'

/** Support for tests with real node processes: the control plane's and the supervisor's side. */

export const NODE = 'fr-par-a'
/** The time at which the node became active. */
export const SINCE = '2026-07-21T10:00:00.000Z'
/** The failover that made it active. */
export const FAILOVER_ID = '7f0a3c1e-5d5f-4b39-8f57-3d8a4a7a6b10'
/** The credential of the node under test. */
export const CREDENTIAL = 'credential-of-these-tests'
const NODE_BINARY = join(import.meta.dirname, '../../../node_modules/.bin/node')
/** Processes may take long to start on a machine that is busy with other tests. */
const PATIENCE_MS = 20_000

/** Resolves when the condition holds. */
export const eventually = (condition: () => boolean | Promise<boolean>) =>
  until(condition, PATIENCE_MS)

/** The control plane's side of the calls that a node makes. */
export class ControlPlane {
  /** What workers sent when they connected. */
  readonly hellos: (FollowRequest & { worker: number })[] = []
  /** The latest report of each worker. */
  readonly reports = new Map<number, Map<string, LbReport>>()
  /** The draft checks whose outcomes have arrived. */
  readonly checks: string[] = []
  /** How many streams nodes have ended. */
  ended = 0
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #streams = new Map<number, ServerResponse>()
  /** The latest faults of each worker. */
  readonly faults = new Map<number, FaultReport[]>()

  async listen(port = 0): Promise<string> {
    this.#server.listen(port, TEST_ADDRESS)
    await once(this.#server, 'listening')
    return `http://${TEST_ADDRESS}:${(this.#server.address() as AddressInfo).port}`
  }

  say(message: ConfigMessage | string): void {
    const line = typeof message === 'string' ? message : JSON.stringify(message)
    for (const stream of this.#streams.values()) stream.write(`${line}\n`)
  }

  /** Closes the streams; nodes reconnect. */
  cut(): void {
    for (const stream of this.#streams.values()) stream.end()
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization !== `Bearer ${CREDENTIAL}`) {
      response.writeHead(401).end()
      return
    }
    let body = ''
    for await (const chunk of request) body += chunk
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://control-plane')
    const worker = Number(searchParams.get('worker') ?? 1)
    if (pathname === '/nodes/v1/config') {
      response.writeHead(200)
      response.write(`${JSON.stringify({ type: 'synced' })}\n`)
      this.#streams.set(worker, response)
      response.on('close', () => {
        this.ended += 1
      })
      this.hellos.push({ worker, ...FollowRequest.parse(JSON.parse(body)) })
      return
    }
    const [, check] = /^\/nodes\/v1\/checks\/(.+)$/.exec(pathname) ?? []
    if (check) {
      this.checks.push(check)
      response.writeHead(204).end()
      return
    }
    const { lbs = [], faults } = NodeReport.partial().parse(JSON.parse(body))
    if (faults) this.faults.set(worker, faults)
    const reports = this.reports.get(worker) ?? new Map<string, LbReport>()
    this.reports.set(worker, reports)
    for (const lb of lbs) reports.set(lb.lb_id, lb)
    response.writeHead(204).end()
  }
}

/** The settings of a node with one worker, which ends with its supervisor. */
export function testNodeSettings(apiUrl: string, dataDir: string): NodeSettings {
  return {
    node: NODE,
    apiUrls: [apiUrl],
    credential: CREDENTIAL,
    identityFile: null,
    dataDir,
    worker: 1,
    workers: 1,
    runDir: null,
    heartbeatMs: 50,
    needsApplyGrant: false,
    egress: BUILT_IN,
  }
}

/** A node process and the supervisor's side of its channel. */
export class Supervised {
  readonly messages: NodeToSupervisor[] = []
  readonly process: ChildProcess

  /** @param variables of its environment that are not settings */
  constructor(
    apiUrl: string,
    dataDir: string,
    changes: Partial<NodeSettings> = {},
    variables: Record<string, string> = {},
  ) {
    const settings = { ...testNodeSettings(apiUrl, dataDir), ...changes }
    const env = {
      ...process.env,
      ...variables,
      ...settingsVariable(NodeSettings, settings),
    }
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
    this.process = spawn(NODE_BINARY, ['lib/node/main.ts'], {
      env,
      stdio: [...stdio],
      cwd: join(import.meta.dirname, '../../..'),
    })
    this.process.on('message', (message) => this.messages.push(message as NodeToSupervisor))
  }

  has(type: NodeToSupervisor['type']): boolean {
    return this.messages.some((message) => message.type === type)
  }

  /** Hands the claimed socket over and has the node listen. */
  async serve(config: DesiredConfig): Promise<number> {
    const { handle, port: bound } = bindHandle(TEST_ADDRESS, config.frontends[0]?.port)
    await this.listen(config, handle)
    handle.close()
    return bound
  }

  /** Hands over a socket that other workers may have too. */
  async listen(
    { lb_id, frontends }: DesiredConfig,
    handle: SocketHandle,
    shard = 1,
  ): Promise<void> {
    await eventually(() =>
      this.messages.some((message) => message.type === 'claim' && message.lb_id === lb_id),
    )
    const place = { lb_id, address: TEST_ADDRESS, port: frontends[0]?.port, shard }
    await new Promise((resolve) =>
      this.process.send({ type: 'socket', ...place }, handle as never, resolve),
    )
    this.process.send({
      type: 'activate',
      lbs: [{ lb_id, since: SINCE, failover_id: FAILOVER_ID }],
    })
  }

  async exit(): Promise<number | null> {
    const { exitCode, signalCode } = this.process
    if (exitCode === null && signalCode === null) await once(this.process, 'exit')
    return this.process.exitCode
  }
}
