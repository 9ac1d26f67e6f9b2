import type { ChildProcess } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { networksOf } from '#lib/core/networks.ts'
import type { ControlPlaneSettings } from '#lib/protocol/settings/control-plane-settings.ts'
import type { SupervisorToControlPlane } from '#lib/protocol/supervision.ts'
import { POSTGRES_USER, startPostgres } from '../programs/postgres.ts'
import type { ServerProgram } from '../programs/server-program.ts'
import { waitFor } from '../wait.ts'
import { exited, freePort, startProcess } from './control-plane-process.ts'
import { addSharedHosts } from './host-nodes.ts'
import { type Answered, SECRET_KEY } from './running-control-plane.ts'
import { testPools } from './test-pools.ts'
import { databaseOn } from './test-postgres.ts'

/** A control plane process among several on one database, and where hosts connect. */
export type Replica = { child: ChildProcess; url: string; nodePort: number }

type Options = {
  settings?: Partial<ControlPlaneSettings>
  /** The hosts that the database has from the start, which are not connected. */
  hosts?: string[]
}

/** Control plane processes that share a PostgreSQL server and a key. None has nodes of its own. */
export class Replicas {
  readonly server: ServerProgram
  readonly all: Replica[] = []
  readonly #directory: string

  private constructor(server: ServerProgram) {
    this.server = server
    this.#directory = mkdtempSync(join(tmpdir(), 'fairlead-replicas-'))
    writeFileSync(this.keyFile, `${randomBytes(32).toString('base64')}\n`)
  }

  static async start(
    count: number,
    { settings = {}, hosts = ['a1', 'b1'] }: Options = {},
  ): Promise<Replicas> {
    const replicas = new Replicas(await startPostgres('127.0.0.1', await freePort()))
    await addSharedHosts(databaseOn(replicas.server), replicas.keyFile, ...hosts)
    const numbers = Array.from({ length: count }, (_, at) => at)
    replicas.all.push(...(await Promise.all(numbers.map((at) => replicas.#startOne(at, settings)))))
    return replicas
  }

  get keyFile(): string {
    return join(this.#directory, 'secrets.key')
  }

  /** Those that have not ended. */
  get alive(): Replica[] {
    return this.all.filter(({ child }) => child.exitCode === null && child.signalCode === null)
  }

  async query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    const { address: host, port } = this.server
    const client = new pg.Client({ host, port, user: POSTGRES_USER, database: POSTGRES_USER })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Row>(sql)).rows
    } finally {
      await client.end()
    }
  }

  /** Waits until another process than `former` is the leader. */
  async leader(former: Replica | null = null): Promise<Replica> {
    return waitFor('a leader', async () => {
      const [row] = await this.query<{ holder: string | null }>('select holder from leadership')
      const pid = Number(row?.holder?.split('/')[1])
      return this.all.find((one) => one.child.pid === pid && one !== former)
    })
  }

  /** Sends a message to each, as their supervisors do. */
  tell(message: SupervisorToControlPlane): void {
    for (const { child } of this.alive) child.send(message, () => {})
  }

  async ask({ url }: Replica, method: string, path: string, body?: unknown): Promise<Answered> {
    const response = await fetch(url + path, {
      method,
      headers: { 'X-Auth-Token': SECRET_KEY, 'Content-Type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await response.text()
    const { status, headers } = response
    return { status, headers, body: text ? JSON.parse(text) : null }
  }

  /** @returns the body @throws Error if it is an error */
  // biome-ignore lint/suspicious/noExplicitAny: responses of every shape.
  async call(replica: Replica, method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.ask(replica, method, path, body)
    if (answer.status < 300) return answer.body
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }

  /** Creates a load balancer whose subscriber is the webhook at `uri`. @returns its ID */
  async notifiedLb(replica: Replica, uri: string): Promise<string> {
    const region = '/lb/v1/regions/fr-par'
    const lb = await this.call(replica, 'POST', `${region}/lbs`, { name: 'shop' })
    const hook = { name: 'hook', webhook_config: { uri } }
    const { id } = await this.call(replica, 'POST', `${region}/subscribers`, hook)
    await this.call(replica, 'POST', `${region}/lb/${lb.id}/subscribe`, { subscriber_id: id })
    return lb.id
  }

  /** Reports a failover to each, as hosts do. `gapMs` tells failovers apart. */
  reportFailover(lbId: string, gapMs: number): void {
    const at = new Date().toISOString()
    const failover = { id: randomUUID(), lb_id: lbId, at, from: 'a', to: 'b' } as const
    const failovers = [{ ...failover, reason: 'hung' as const, gap_ms: gapMs }]
    this.tell({ type: 'failed_over', failovers })
  }

  async stop(): Promise<void> {
    const ended = this.alive.map(({ child }) => {
      const end = exited(child)
      child.kill('SIGKILL')
      return end
    })
    await Promise.all(ended)
    await this.server.remove()
    rmSync(this.#directory, { recursive: true })
  }

  async #startOne(number: number, settings: Partial<ControlPlaneSettings>): Promise<Replica> {
    const [port, nodePort] = [await freePort(), await freePort()]
    const directory = join(this.#directory, `${number}`)
    mkdirSync(directory)
    const pools = testPools({ 'fr-par': '10.200.0.0/16' })
    const child = await startProcess(directory, port, {
      settings: {
        database: databaseOn(this.server),
        keyFile: this.keyFile,
        nodeAddress: { host: '127.0.0.1', port: nodePort },
        hasLocalNodes: false,
        nodes: [],
        egress: {
          ownPorts: [],
          loopback: true,
          pools: Object.values(pools),
          webhookNetworks: networksOf(['127.0.0.0/8']),
        },
        ...settings,
      },
    })
    return { child, url: `http://127.0.0.1:${port}`, nodePort }
  }
}
