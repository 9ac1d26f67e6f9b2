import pg from 'pg'
import { openPostgres } from '#lib/control-plane/store/dialect/postgres/postgres-dialect.ts'
import type { StoreDialect } from '#lib/control-plane/store/dialect/store-dialect.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { POSTGRES_USER } from '../programs/postgres.ts'

type Server = { address: string; port: number }

/** The address of a test server's database, or of another one. */
export function databaseOn(
  servers: Server | Server[],
  changes: Partial<DatabaseAddress> = {},
): DatabaseAddress {
  return {
    hosts: [servers].flat().map(({ address: host, port }) => ({ host, port })),
    user: POSTGRES_USER,
    password: null,
    database: POSTGRES_USER,
    tls: { mode: 'disable', rootCertificate: null, certificate: null, key: null },
    ...changes,
  }
}

/** Connects without a log. */
export const connectPostgres = (address: DatabaseAddress): StoreDialect =>
  openPostgres(address, { lost: () => {}, restored: () => {} })

/** Runs a statement as the superuser, on a connection of its own. @returns its rows */
export async function runSql(
  { address: host, port }: Server,
  sql: string,
  database = POSTGRES_USER,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ host, port, user: POSTGRES_USER, database, ssl: false })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
