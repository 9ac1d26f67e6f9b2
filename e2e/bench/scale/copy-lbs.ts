import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { foldCase } from '#lib/core/fold-case.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { lbInput } from './edits.ts'

type Row = Record<string, string | number | boolean | null>

/** A store's database. */
export type CopyTarget = {
  rowsOf(table: string, column: string, lbId: string): Promise<Row[]>
  insert(table: string, rows: Row[]): Promise<void>
  /** Ends the transaction of all inserts. */
  finish(): Promise<void>
}

/** The tables whose rows belong to a load balancer, in an order in which they can be inserted, with the column that names it. */
const TABLES = {
  lbs: 'id',
  instances: 'lb_id',
  ips: 'lb_id',
  backends: 'lb_id',
  frontends: 'lb_id',
  placements: 'lb_id',
  changes: 'lb_id',
}
/** Load balancers in one statement. */
const BATCH = 500
const UUID = /^[0-9a-f-]{36}$/
const FIRST_ADDRESS = 0x0a_04_00_00

/**
 * Copies load balancers, as if they had been created through the API with `lbInput(number)`, which takes too long for many.
 * @param templates load balancers that were created with `lbInput`; each is copied equally often
 */
export async function copyLbs(
  target: CopyTarget,
  templates: readonly string[],
  numbers: { from: number; to: number },
): Promise<void> {
  const originals: Original[] = []
  for (const id of templates) originals.push(await original(target, id))
  for (let from = numbers.from; from < numbers.to; from += BATCH) {
    const to = Math.min(from + BATCH, numbers.to)
    const copies: Record<string, Row[]> = {}
    for (let number = from; number < to; number += 1) {
      const source = originals[number % originals.length]
      for (const { table, row } of source?.rows ?? []) {
        copies[table] ??= []
        copies[table].push(copyOf(table, row, source?.ids ?? [], number))
      }
    }
    for (const [table, rows] of Object.entries(copies)) await target.insert(table, rows)
  }
  await target.finish()
}

type Original = { rows: { table: string; row: Row }[]; ids: string[] }

async function original(target: CopyTarget, id: string): Promise<Original> {
  const rows: { table: string; row: Row }[] = []
  for (const [table, column] of Object.entries(TABLES)) {
    for (const row of await target.rowsOf(table, column, id)) rows.push({ table, row })
  }
  const ids = rows.flatMap(({ row }) => (UUID.test(String(row.id)) ? String(row.id) : []))
  return { rows, ids: [...new Set(ids)] }
}

function copyOf(table: string, row: Row, ids: readonly string[], number: number): Row {
  const text = ids.reduce(
    (json, id) => json.replaceAll(id, copiedId(id, number)),
    JSON.stringify(row),
  )
  const copy: Row = JSON.parse(text)
  if (table === 'changes') {
    // The database numbers them. A revision is of one generation.
    delete copy.id
    copy.revision = copiedId(String(copy.revision), number)
  }
  if (table === 'lbs') {
    const { name, tags } = lbInput(number)
    const created_at = new Date(Date.parse(String(row.created_at)) + number).toISOString()
    const revision = copiedId(String(row.revision), number)
    Object.assign(copy, { name, name_folded: foldCase(name), created_at, revision })
    Object.assign(copy, {
      tags: JSON.stringify(tags),
      tags_folded: JSON.stringify(tags.map(foldCase)),
    })
  }
  if (table === 'ips') {
    const address_number = FIRST_ADDRESS + number
    const octets = [24, 16, 8, 0].map((shift) => (address_number >>> shift) & 255)
    Object.assign(copy, { address_number, ip_address: octets.join('.') })
  }
  return copy
}

/** The same for every row that has it. */
function copiedId(id: string, number: number): string {
  const hash = createHash('md5').update(`${id} ${number}`).digest('hex')
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export function sqliteTarget(file: string): CopyTarget {
  const database = new DatabaseSync(file)
  database.exec('begin')
  return {
    rowsOf: async (table, column, id) =>
      hasTable(database, table)
        ? (database.prepare(`select * from ${table} where ${column} = ?`).all(id) as Row[])
        : [],
    insert: async (table, rows) => {
      const names = Object.keys(rows[0] ?? {})
      const columns = names.map((name) => `"${name}"`).join(', ')
      const places = names.map(() => '?').join(', ')
      const insert = database.prepare(`insert into ${table} (${columns}) values (${places})`)
      for (const row of rows) insert.run(...names.map((name) => row[name] as string))
    },
    finish: async () => {
      database.exec('commit')
      database.close()
    },
  }
}

function hasTable(database: DatabaseSync, name: string): boolean {
  return database.prepare('select 1 from sqlite_schema where name = ?').get(name) !== undefined
}

export async function postgresTarget({
  hosts,
  user,
  database,
}: DatabaseAddress): Promise<CopyTarget> {
  const client = new pg.Client({ ...hosts[0], user, database, ssl: false })
  await client.connect()
  await client.query('begin')
  return {
    rowsOf: async (table, column, id) =>
      (await client.query(`select * from ${table} where ${column} = $1`, [id])).rows,
    insert: async (table, rows) => {
      const columns = Object.keys(rows[0] ?? {})
        .map((name) => `"${name}"`)
        .join(', ')
      const values = `select ${columns} from json_populate_recordset(null::${table}, $1)`
      await client.query(`insert into ${table} (${columns}) ${values}`, [JSON.stringify(rows)])
    },
    finish: async () => {
      await client.query('commit')
      // As autovacuum does soon.
      await client.query('vacuum analyze')
      await client.end()
    },
  }
}
