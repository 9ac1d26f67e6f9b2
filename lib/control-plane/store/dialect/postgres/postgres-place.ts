import { setTimeout as after } from 'node:timers/promises'
import { Kysely } from 'kysely'
import { type DatabaseAddress, databaseName } from '#lib/protocol/settings/database-address.ts'
import type { Place, Source, Target } from '../../../move-store/place.ts'
import { MIGRATIONS, migrate, refuseNewerSchema } from '../../schema-version.ts'
import { Store } from '../../store.ts'
import {
  MOVED_AWAY,
  moveText,
  parseStoreMove,
  STORE_MOVE,
  type StoreMove,
} from '../../store-move.ts'
import type { Tables } from '../../tables.ts'
import { findPrimary } from './find-primary.ts'
import { PostgresConnection } from './postgres-connection.ts'
import { openPostgres, WRITERS_LOCK } from './postgres-dialect.ts'
import { postgresTables } from './postgres-tables.ts'

/** How long connections of programs that have just ended may take to close, milliseconds. */
const CLOSING_MS = 2000
const RETRY_MS = 100

const UNOBSERVED = { lost: () => {}, restored: () => {} }

const READ_MOVE = `select value from settings where key = '${STORE_MOVE}'`
const SET_MOVE = `insert into settings (key, value) values ('${STORE_MOVE}', $1)
  on conflict (key) do update set value = excluded.value`

/**
 * A PostgreSQL database.
 * @throws Error that explains to the operator what to do if it can't be reached, or a control plane is connected to it
 */
export async function postgresPlace(address: DatabaseAddress, keyFile: string): Promise<Place> {
  const connection = await connectAlone(address)
  const name = databaseName(address)
  const text = async (sql: string): Promise<string | null> =>
    (await connection.query(sql)).rows[0]?.value ?? null
  const hasSettings = async () =>
    (await text("select to_regclass('settings')::text as value")) !== null
  const readMove = async () => {
    const value = (await hasSettings()) ? await text(READ_MOVE) : null
    return value === null ? null : parseStoreMove(value)
  }
  const holdsInstallation = async () =>
    (await hasSettings()) &&
    (await text("select value from settings where key = 'organization_id'")) !== null
  return {
    name,
    readMove,
    openSource: async () => {
      if (!(await holdsInstallation()))
        throw new Error(`There is no installation in the database ${name}.`)
      // Migrates it, and checks the key.
      await (await Store.connect(address, keyFile, UNOBSERVED)).close()
      return openSource(connection)
    },
    openTarget: async (move) => {
      const found = await readMove()
      if (found?.state === 'left') throw new Error(`${moveText(found, name)} ${USE_ANOTHER}`)
      if (!found && (await holdsInstallation())) {
        throw new Error(`There is an installation in the database ${name} already. ${USE_ANOTHER}`)
      }
      await prepare(address, move)
      return openTarget(connection, move)
    },
    release: async () => {
      await connection.query('begin')
      await connection.query(`delete from kysely_migration where name = '${MOVED_AWAY}'`)
      await connection.query(`delete from settings where key = '${STORE_MOVE}'`)
      await connection.query('commit')
    },
    close: async () => connection.close(),
  }
}

/** The hosts that other connections come from. */
const OTHERS = `
  select distinct coalesce(host(client_addr), 'this server') as host from pg_stat_activity
  where datname = current_database() and application_name like 'fairlead%' and pid <> pg_backend_pid()`

const USE_ANOTHER = 'Move to a new database, or drop this one and create it again.'

/** Connects without limits of time. @throws Error if somebody else is connected */
async function connectAlone(address: DatabaseAddress): Promise<PostgresConnection> {
  const { client, server } = await findPrimary(address, null, { statementMs: 0 })
  const { user, database } = address
  const place = { user, database, server }
  const connection = new PostgresConnection(client, { place, queryMs: null, onEnd: () => {} })
  const deadline = performance.now() + CLOSING_MS
  for (;;) {
    const { rows } = await connection.query(OTHERS)
    if (rows.length === 0) return connection
    if (performance.now() > deadline) {
      connection.close()
      const hosts = rows.map(({ host }) => host).join(' and ')
      throw new Error(
        `Fairlead is using the database ${databaseName(address)}, from ${hosts}. Stop every control plane first.`,
      )
    }
    await after(RETRY_MS)
  }
}

/** Creates the tables, and marks the database. A control plane that starts meanwhile waits and is refused then. */
async function prepare(address: DatabaseAddress, move: StoreMove): Promise<void> {
  const dialect = openPostgres(address, UNOBSERVED)
  const db = new Kysely<Tables>({ dialect: dialect.kysely })
  try {
    await dialect.whileOpening(async () => {
      const known = { ...MIGRATIONS, ...dialect.migrations }
      refuseNewerSchema(await dialect.executedMigrations(), known, dialect.name)
      await migrate(db, dialect.migrations)
      const value = JSON.stringify(move)
      await db
        .insertInto('settings')
        .values({ key: STORE_MOVE, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
        .execute()
    })
  } catch (error) {
    throw dialect.explain(error)
  } finally {
    await db.destroy()
    await dialect.close()
  }
}

/** Holds the writers lock, so that a control plane that was disconnected can't write before the store has left. */
async function openSource(connection: PostgresConnection): Promise<Source> {
  await beginAlone(connection)
  return {
    tables: postgresTables(connection),
    leave: async (move) => {
      await connection.query(SET_MOVE, [JSON.stringify(move)])
      const values = [MOVED_AWAY, move.at]
      await connection.query(
        'insert into kysely_migration (name, timestamp) values ($1, $2)',
        values,
      )
      await connection.query('commit')
    },
    close: () => rollBack(connection),
  }
}

/** All rows arrive in one transaction. */
async function openTarget(connection: PostgresConnection, move: StoreMove): Promise<Target> {
  await beginAlone(connection)
  return {
    tables: postgresTables(connection),
    publish: async () => {
      await connection.query(SET_MOVE, [JSON.stringify(move)])
      await connection.query('commit')
    },
    close: () => rollBack(connection),
  }
}

async function beginAlone(connection: PostgresConnection): Promise<void> {
  await connection.query('begin')
  await connection.query(`select pg_advisory_xact_lock(${WRITERS_LOCK})`)
}

/** Ends a transaction that is still open. */
async function rollBack(connection: PostgresConnection): Promise<void> {
  if (connection.isUsable) await connection.query('rollback')
}
