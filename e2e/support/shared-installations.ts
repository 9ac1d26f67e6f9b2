import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RegionPlacement } from '#lib/core/placement.ts'
import { JoinedPair } from '#lib/testing/control-plane/joined-pair.ts'
import { runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { POSTGRES_USER, startPostgres } from '#lib/testing/programs/postgres.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api } from './api.ts'
import { type Installation, startInstallation } from './installation.ts'

const PLACEMENT = '/fairlead/v1/regions/fr-par/placement'
const SECRETS = { FAIRLEAD_ACCESS_KEY: 'SCWTEST0000000000001', FAIRLEAD_SECRET_KEY: randomUUID() }

/** What a test of several control planes and consoles starts with. */
type Options = {
  /** Lines of pg_hba.conf before the one that trusts everybody. */
  hba?: string[]
  env?: Record<string, string>
}

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
      FAIRLEAD_DATABASE_URL: `postgres://${POSTGRES_USER}@${server.address}:${server.port}/${POSTGRES_USER}?sslmode=disable`,
      ...SECRETS,
      ...env,
    }
  }

  /** Starts `count` installations at once, on an empty database. */
  static async start(count: number, { hba = [], env = {} }: Options = {}) {
    const server = await startPostgres('127.0.0.1', await freePort(), { hba })
    await waitFor('PostgreSQL answers', () => runSql(server, 'select 1'))
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

  /** Runs a statement in the database. @returns its rows */
  query(sql: string): Promise<Record<string, unknown>[]> {
    return runSql(this.server, sql)
  }

  async remove(): Promise<void> {
    await Promise.all(this.all.map((installation) => installation.remove()))
    await this.server.remove()
    rmSync(this.#directory, { recursive: true })
  }
}
