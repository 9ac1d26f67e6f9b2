import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RegionPlacement } from '#lib/core/placement.ts'
import { JoinedPair } from '#lib/testing/control-plane/joined-pair.ts'
import { runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startPostgres } from '#lib/testing/programs/postgres.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api } from './api.ts'
import { type Installation, startInstallation } from './installation.ts'

const PLACEMENT = '/fairlead/v1/regions/fr-par/placement'
const SECRETS = { FAIRLEAD_ACCESS_KEY: 'SCWTEST0000000000001', FAIRLEAD_SECRET_KEY: randomUUID() }

/** The database, and the role that owns it. Unlike the superuser it needs a password, and has a limited number of connections. */
const APP = { name: 'app', password: 'first' }

/** Installations with a control plane and a console each, at addresses of their own, which share a PostgreSQL database and the key. */
export class SharedInstallations {
  readonly server: ServerProgram
  readonly all: Installation[] = []
  readonly #nodePorts: number[] = []
  readonly #addresses = ownAddresses(8)
  readonly #directory = mkdtempSync(join(tmpdir(), 'fairlead-shared-'))
  readonly #env: Record<string, string>

  private constructor(server: ServerProgram, env: Record<string, string>) {
    this.server = server
    const keyFile = join(this.#directory, 'secrets.key')
    writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    this.#env = {
      FAIRLEAD_ROLES: 'control-plane,console',
      FAIRLEAD_SECRETS_KEY_FILE: keyFile,
      FAIRLEAD_DATABASE_URL: `postgres://${APP.name}:${APP.password}@${server.address}:${server.port}/${APP.name}?sslmode=disable`,
      ...SECRETS,
      ...env,
    }
  }

  /** Starts `count` installations at once, on an empty database. */
  static async start(count: number, env: Record<string, string> = {}) {
    const hba = [`host all ${APP.name} all scram-sha-256`]
    const server = await startPostgres('127.0.0.1', await freePort(), { hba })
    await waitFor('PostgreSQL answers', () => runSql(server, 'select 1'))
    await runSql(server, `create role ${APP.name} login password '${APP.password}'`)
    const create = `create database ${APP.name} owner ${APP.name}`
    await runSql(server, `${create} encoding 'UTF8' locale 'C' template template0`)
    const shared = new SharedInstallations(server, env)
    try {
      await Promise.all(Array.from({ length: count }, () => shared.add()))
    } catch (error) {
      await shared.remove()
      throw error
    }
    return shared
  }

  /** Starts another installation on the same database. */
  async add(): Promise<Installation> {
    const host = this.#addresses.pop() ?? ''
    const nodePort = await freePort()
    const env = { ...this.#env, HOST: host, FAIRLEAD_NODE_ADDRESS: `127.0.0.1:${nodePort}` }
    const installation = await startInstallation({ env })
    this.all.push(installation)
    this.#nodePorts.push(nodePort)
    return installation
  }

  /** Joins a host in each cluster of fr-par, so that load balancers can be created there. The hosts are away. */
  async joinHosts(): Promise<void> {
    const [installation] = this.all
    const [nodePort = 0] = this.#nodePorts
    if (!installation) throw new Error('there is no installation')
    const api = new Api(installation)
    await JoinedPair.join(nodePort, 'fr-par', (node) =>
      api.ok('POST', '/fairlead/v1/nodes/tokens', node),
    )
    for (const one of this.all) {
      await waitFor('load balancers can be placed', async () => {
        const placement = await new Api(one).ok<RegionPlacement>('GET', PLACEMENT)
        return placement.pairs.length > 0
      })
    }
  }

  /** Runs a statement as the superuser. @param database default: one that no test changes. @returns its rows */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]> {
    return runSql(this.server, sql, database)
  }

  /** Ends the connections of all installations, so that a change of the database's settings counts. */
  async endSessions(): Promise<void> {
    const theirs = `usename = '${APP.name}'`
    await this.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${theirs}`)
  }

  async remove(): Promise<void> {
    await Promise.all(this.all.map((installation) => installation.remove()))
    await this.server.remove()
    rmSync(this.#directory, { recursive: true })
  }
}
