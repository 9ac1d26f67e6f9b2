import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { exited, freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { SECRET_KEY } from '#lib/testing/control-plane/running-control-plane.ts'
import { testPools } from '#lib/testing/control-plane/test-pools.ts'
import { cpuMicroseconds } from '../measure/cpu-time.ts'
import { residentKib } from '../measure/memory.ts'

/** Enough for every load balancer. */
const POOLS = testPools({ 'fr-par': '10.0.0.0/12' })

type Options = {
  /** The checkout whose control plane runs. */
  checkout: string
  /** Null for SQLite. */
  database: DatabaseAddress | null
  /** With another control plane's directory they share a key. */
  directory?: string
  settings?: Partial<ControlPlaneSettings>
}

type Support = {
  startProcess: (
    dataDir: string,
    port: number,
    changes: { settings: Partial<ControlPlaneSettings>; env?: Record<string, string> },
  ) => Promise<ChildProcess>
}

/** A control plane in a process of its own, without a rate limit, and one client of its API. */
export class MeasuredControlPlane {
  readonly directory: string
  /** How long the process took until it was ready, milliseconds. */
  readonly startedMs: number
  readonly #child: ChildProcess
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true })

  private constructor(child: ChildProcess, port: number, directory: string, startedMs: number) {
    this.#child = child
    this.#port = port
    this.directory = directory
    this.startedMs = startedMs
  }

  static async start({ checkout, database, directory: shared, settings }: Options) {
    const directory = shared ?? mkdtempSync(join(tmpdir(), 'fairlead-scale-'))
    const keyFile = join(directory, 'secrets.key')
    if (!existsSync(keyFile)) writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n`)
    const port = await freePort()
    const egress = { ownPorts: [], loopback: true, pools: Object.values(POOLS) }
    const changes: Partial<ControlPlaneSettings> = {
      database,
      keyFile,
      pools: POOLS,
      egress: { ...egress, webhookNetworks: null },
      requestRate: null,
      ...settings,
    }
    const startedAt = performance.now()
    // A checkout's own test support, because settings differ between versions.
    const file = join(checkout, 'lib/testing/control-plane/control-plane-process.ts')
    const { startProcess }: Support = await import(file)
    const child = await startProcess(directory, port, { settings: changes })
    return new MeasuredControlPlane(child, port, directory, performance.now() - startedAt)
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('The control plane has not started.')
    return pid
  }

  /** CPU time since its start, microseconds. */
  get cpu(): number {
    return cpuMicroseconds([this.pid])
  }

  get residentMib(): number {
    return residentKib([this.pid]) / 1024
  }

  /** Opens a request. Bodies are JSON. */
  open(method: string, path: string, body?: unknown, token = SECRET_KEY): Promise<IncomingMessage> {
    const headers = { 'X-Auth-Token': token, 'Content-Type': 'application/json' }
    const target = { host: '127.0.0.1', port: this.#port, agent: this.#agent }
    return new Promise((resolve, reject) => {
      const sent = request({ ...target, method, path, headers }, resolve)
      sent.once('error', (error: NodeJS.ErrnoException) => {
        // The server has just closed the idle connection.
        const isStale = sent.reusedSocket && error.code === 'ECONNRESET'
        if (isStale) resolve(this.open(method, path, body, token))
        else reject(error)
      })
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  /** @throws Error unless the response is a success */
  async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.open(method, path, body)
    const answer = response.statusCode === 204 ? null : await json(response)
    if ((response.statusCode ?? 500) < 300) return answer as Answer
    throw new Error(`${method} ${path}: ${response.statusCode} ${JSON.stringify(answer)}`)
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    const ended = exited(this.#child)
    this.#child.kill('SIGTERM')
    await ended
  }

  /** Stops it and deletes its data. */
  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.directory, { recursive: true })
  }
}
