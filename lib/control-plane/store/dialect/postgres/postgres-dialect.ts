import { HandleEmptyInListsPlugin, replaceWithNoncontingentExpression, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { type DatabaseAddress, databaseName } from '#lib/protocol/settings/database-address.ts'
import { DatabaseProblem } from '../../database-problem.ts'
import { foldedName, foldedValue, isFoldedList } from '../../folded-columns.ts'
import { MIGRATIONS } from '../../schema-version.ts'
import type { StoreDialect } from '../store-dialect.ts'
import { checkServer } from './check-server.ts'
import { disconnect } from './connect.ts'
import * as exactGaps from './exact-gaps-migration.ts'
import * as heldLocks from './held-locks-migration.ts'
import { openLeaderConnection } from './leader-connection.ts'
import * as leadership from './leadership-migration.ts'
import { openLockConnection } from './lock-connection.ts'
import { PortablePostgresDialect } from './postgres-compiler.ts'
import { openPresenceConnection } from './presence-connection.ts'
import { type Availability, PrimaryPool } from './primary-pool.ts'
import * as rowLog from './row-log-migration.ts'
import { SharedCommits } from './shared-commits.ts'
import * as throttling from './throttling-migration.ts'
import * as traffic from './traffic-migration.ts'

/** Numbers that no other program uses for an advisory lock in this database. */
export const WRITERS_LOCK = 1_179_207_019
const OPENING_LOCK = 1_179_207_020

const OWN_MIGRATIONS: Record<string, Migration> = {
  '0027-row-log': rowLog,
  '0028-leadership': leadership,
  '0029-traffic': traffic,
  '0030-held-locks': heldLocks,
  '0032-exact-gaps': exactGaps,
  '0033-throttling': throttling,
}
const MIGRATION_COUNT = Object.keys({ ...MIGRATIONS, ...OWN_MIGRATIONS }).length

/** One message with two statements: the second one sees what was committed while the first one waited. */
const LOCK_WRITERS = sql<{ sequence: string; migrations: number }>`
  select pg_advisory_xact_lock(${sql.lit(WRITERS_LOCK)});
  select
    greatest(
      (select max(sequence) from changes), (select max(sequence) from audit), (select max(feed_position) from audit)
    ) as sequence,
    (select count(*) from kysely_migration) as migrations`

/** A control plane of a newer version has migrated the database while this one runs. */
const newerSchema = (name: string) =>
  new DatabaseProblem(
    `The database ${name} was migrated by a newer version of Fairlead. This control plane only reads. Update it.`,
    { kind: 'newer_schema' },
  )

/** Connects to a PostgreSQL database. Acknowledged transactions are as durable as its `synchronous_commit` says. */
export function openPostgres(address: DatabaseAddress, availability: Availability): StoreDialect {
  const pool = new PrimaryPool(address, availability)
  const name = databaseName(address)
  return {
    name,
    kysely: new PortablePostgresDialect({ pool }),
    // `in ()` is a syntax error, unlike in SQLite.
    plugins: [new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression })],
    migrations: OWN_MIGRATIONS,
    isShared: true,
    shareCommits: (commits) => {
      const shared = new SharedCommits(commits, () => pool.listener())
      return () => shared.stop()
    },
    openLeaderConnection: () => openLeaderConnection(() => pool.listener(), MIGRATION_COUNT),
    openPresenceConnection: () => openPresenceConnection(() => pool.listener()),
    openLockConnection: () => openLockConnection(() => pool.listener()),
    whileOpening: async (open) => {
      const { client: lock } = await pool.dedicated()
      try {
        await checkServer(lock, address.database)
        await lock.query(`select pg_advisory_lock(${OPENING_LOCK})`)
        const opened = await open()
        pool.limitQueries()
        return opened
      } finally {
        disconnect(lock)
      }
    },
    executedMigrations: async () => {
      const client = await pool.connect()
      try {
        const { rows } = await client.query<{ found: string | null }>(
          "select to_regclass('kysely_migration') as found",
          [],
        )
        if (rows[0]?.found === null) return []
        const select = 'select name from kysely_migration order by name'
        const executed = await client.query<{ name: string }>(select, [])
        return executed.rows.map(({ name }) => name)
      } finally {
        client.release()
      }
    },
    readBoolean: (stored) => stored === true,
    lockWriters: async (writer) => {
      const { rows } = await LOCK_WRITERS.execute(writer)
      if (Number(rows[0]?.migrations) > MIGRATION_COUNT) throw newerSchema(name)
      return rows[0]?.sequence ?? ''
    },
    refold: async (writer, table, column) => {
      const source = sql.ref(column)
      const query = sql<{
        text: string
      }>`select distinct ${source} as text from ${sql.table(table)}`
      for (const { text } of (await query.execute(writer)).rows) {
        const folded = foldedValue(isFoldedList(column) ? JSON.parse(text) : text)
        const target = sql.ref(foldedName(column))
        await sql`update ${sql.table(table)} set ${target} = ${folded} where ${source} = ${text}`.execute(
          writer,
        )
      }
    },
    eraseFreePages: async () => {},
    eraseSecrets: async () => {},
    close: () => pool.end(),
    // The connections have explained it.
    explain: (error) => error as Error,
  }
}
