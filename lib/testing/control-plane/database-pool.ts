import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { POSTGRES_USER } from '../programs/postgres.ts'

type Server = { address: string; port: number }
type PooledDatabase = { name: string; client: pg.Client }

/**
 * Databases on a server that tests use one after the other. Creating one and dropping it takes fifty times as long as deleting the few rows
 * of a test.
 */
export class DatabasePool {
  readonly #server: Server
  readonly #template: string
  readonly #idle: PooledDatabase[] = []
  readonly #used = new Map<string, PooledDatabase>()
  #reset: Promise<string> | null = null

  /** @param template the database that all are copies of */
  constructor(server: Server, template: string) {
    this.#server = server
    this.#template = template
  }

  /** @returns the name of a database that has the template's rows */
  async take(): Promise<string> {
    const database = this.#idle.pop() ?? (await this.#create())
    this.#used.set(database.name, database)
    return database.name
  }

  /** Ends what is left of its connections, and resets its rows for the next test. */
  async release(name: string): Promise<void> {
    const database = this.#used.get(name)
    if (!database) throw new Error(`No test uses the database ${name}`)
    this.#used.delete(name)
    this.#reset ??= resetStatements(database.client, this.#server, this.#template)
    await database.client.query(await this.#reset)
    this.#idle.push(database)
  }

  async #create(): Promise<PooledDatabase> {
    const name = `test_${randomUUID().replaceAll('-', '')}`
    const server = await connect(this.#server, 'postgres')
    // Copying files is faster than logging every block.
    await server.query(`create database ${name} template ${this.#template} strategy file_copy`)
    await server.end()
    return { name, client: await connect(this.#server, name) }
  }
}

async function connect({ address: host, port }: Server, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user: POSTGRES_USER, database, ssl: false })
  // The server ends before the tests' process.
  client.on('error', () => {})
  await client.connect()
  // A method that the types lack.
  const socket = client as pg.Client & { unref: () => void }
  socket.unref()
  return client
}

/** SQL that gives all tables of a database the template's rows again, without running triggers. */
async function resetStatements(
  client: pg.Client,
  server: Server,
  templateName: string,
): Promise<string> {
  const template = await connect(server, templateName)
  const tables = await namesOf(
    client,
    "select tablename as name from pg_tables where schemaname = 'public'",
  )
  const sequences = await namesOf(
    client,
    "select sequencename as name from pg_sequences where schemaname = 'public'",
  )
  const statements = [
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    'set session_replication_role = replica',
    ...tables.map((table) => `delete from "${table}"`),
    ...sequences.map((sequence) => `alter sequence "${sequence}" restart`),
  ]
  for (const table of tables) {
    const { rows } = await template.query(
      `select coalesce(json_agg(t), '[]') as rows from "${table}" t`,
    )
    const json = JSON.stringify(rows[0].rows)
    if (json === '[]') continue
    statements.push(
      `insert into "${table}" overriding system value
        select * from json_populate_recordset(null::"${table}", ${template.escapeLiteral(json)})`,
    )
  }
  await template.end()
  return statements.join(';\n')
}

async function namesOf(client: pg.Client, query: string): Promise<string[]> {
  return (await client.query(query)).rows.map(({ name }) => name)
}
