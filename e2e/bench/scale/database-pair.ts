import { chownSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { databaseOn, runSql } from '#lib/testing/control-plane/test-postgres.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import { startPostgres, WITH_STANDBY } from '#lib/testing/programs/postgres.ts'
import {
  makeDirectory,
  type ServerProgram,
  unprivileged,
} from '#lib/testing/programs/server-program.ts'
import { waitFor } from '#lib/testing/wait.ts'

const HOST = '127.0.0.1'

/** A primary and its synchronous standby, which sync to disk as in production. Clients connect by TLS and verify the server. */
export class DatabasePair {
  readonly primary: ServerProgram
  readonly #standby: ServerProgram
  readonly #tls: TlsFiles

  private constructor(primary: ServerProgram, standby: ServerProgram, tls: TlsFiles) {
    this.primary = primary
    this.#standby = standby
    this.#tls = tls
  }

  static async start(): Promise<DatabasePair> {
    const tls = writeTlsFiles()
    const options = [
      'fsync=on',
      'max_connections=200',
      'ssl=on',
      `ssl_cert_file=${tls.certificate}`,
      `ssl_key_file=${tls.key}`,
    ]
    const primary = await startPostgres(HOST, await freePort(), {
      ...WITH_STANDBY,
      options: [...options, ...(WITH_STANDBY.options ?? [])],
    })
    await waitFor('the primary answers', () => runSql(primary, 'select 1'))
    const standbyOf = { address: HOST, port: primary.port }
    const standby = await startPostgres(HOST, await freePort(), { options, standbyOf })
    await runSql(primary, "alter system set synchronous_standby_names = 'standby'")
    await runSql(primary, 'select pg_reload_conf()')
    await waitFor('the standby is synchronous', async () => {
      const [row] = await runSql(primary, 'select sync_state from pg_stat_replication')
      return row?.sync_state === 'sync'
    })
    return new DatabasePair(primary, standby, tls)
  }

  /** Creates a database. */
  async create(name: string): Promise<DatabaseAddress> {
    await runSql(this.primary, `create database ${name}`)
    const tls = { mode: 'verify-full' as const, rootCertificate: this.#tls.certificate }
    const changes = { database: name, tls: { ...tls, certificate: null, key: null } }
    return databaseOn(this.primary, changes)
  }

  /** The process IDs of the servers, without those of their connections. */
  get pids(): number[] {
    return [this.primary, this.#standby].flatMap((server) => server.pid() ?? [])
  }

  async remove(): Promise<void> {
    await this.primary.remove()
    await this.#standby.remove()
    rmSync(this.#tls.directory, { recursive: true })
  }
}

type TlsFiles = { directory: string; certificate: string; key: string }

function writeTlsFiles(): TlsFiles {
  const owner = unprivileged()
  const directory = makeDirectory('tls', owner)
  const made = makeCertificate({ subject: '/CN=database', names: `IP:${HOST}` })
  const files = { certificate: join(directory, 'server.pem'), key: join(directory, 'server.key') }
  for (const name of ['certificate', 'key'] as const) {
    writeFileSync(files[name], made[name], { mode: 0o600 })
    if (owner.uid !== undefined && owner.gid !== undefined) {
      chownSync(files[name], owner.uid, owner.gid)
    }
  }
  return { directory, ...files }
}
