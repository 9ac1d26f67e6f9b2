import type { DatabaseSync } from 'node:sqlite'
import {
  BATCH_BYTES,
  columnsOf,
  quoted,
  type StoredKind,
  type StoredRow,
  type StoredTable,
  type StoredTables,
  sizeOf,
  storedRow,
} from '../stored-tables.ts'

const KINDS: Record<string, StoredKind> = {
  text: 'text',
  integer: 'integer',
  bigint: 'integer',
  real: 'real',
  boolean: 'boolean',
}

const TABLES =
  "select name, sql from sqlite_schema where type = 'table' " +
  "and name not like 'sqlite\\_%' escape '\\' and name not like 'kysely\\_%' escape '\\'"

/** The tables of a database file, without SQLite's own and those of migrations. */
export function sqliteTables(database: DatabaseSync): StoredTables {
  return {
    names: async () => {
      const found = database.prepare(`select name from (${TABLES})`).all()
      return found.map(({ name }) => String(name))
    },
    tables: async (names) => {
      const found = database.prepare(TABLES).all()
      const tables = found.map(({ name, sql }) =>
        describeTable(database, String(name), String(sql)),
      )
      return tables.filter(({ name }) => names.includes(name))
    },
    count: async ({ name }) => {
      const row = database.prepare(`select count(*) as count from ${quoted(name)}`).get()
      return Number(row?.count)
    },
    rows: (table) => rowsOf(database, table),
    empty: async (tables) => {
      for (const { name } of tables.toReversed()) database.exec(`delete from ${quoted(name)}`)
    },
    insert: async (table, rows) => {
      const insert = database.prepare(
        `insert into ${quoted(table.name)} (${columnsOf(table)}) values (${table.columns.map(() => '?').join(', ')})`,
      )
      for (const row of rows) {
        insert.run(...row.map((value) => (typeof value === 'boolean' ? Number(value) : value)))
      }
    },
    lastNumber: async ({ name }) => {
      const row = database.prepare('select seq from sqlite_sequence where name = ?').get(name)
      return Number(row?.seq ?? 0)
    },
    setLastNumber: async ({ name }, number) => {
      database.prepare('delete from sqlite_sequence where name = ?').run(name)
      database.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(name, number)
    },
  }
}

function describeTable(database: DatabaseSync, name: string, sql: string): StoredTable {
  const columns = database.prepare(`pragma table_info(${quoted(name)})`).all()
  const keys = columns.filter(({ pk }) => Number(pk) > 0)
  const references = database.prepare(`pragma foreign_key_list(${quoted(name)})`).all()
  return {
    name,
    columns: columns
      .map((column) => ({ name: String(column.name), kind: kindOf(String(column.type)) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    key: keys.sort((a, b) => Number(a.pk) - Number(b.pk)).map((column) => String(column.name)),
    isNumbered: /\bautoincrement\b/i.test(sql),
    references: [...new Set(references.map(({ table }) => String(table)))],
  }
}

function kindOf(type: string): StoredKind {
  const kind = KINDS[type.toLowerCase()]
  if (!kind) throw new Error(`A column has the type ${type}, which can't be moved.`)
  return kind
}

async function* rowsOf(database: DatabaseSync, table: StoredTable): AsyncGenerator<StoredRow[]> {
  const order = table.key.map(quoted).join(', ')
  const select = database.prepare(
    `select ${columnsOf(table)} from ${quoted(table.name)} order by ${order}`,
  )
  let batch: StoredRow[] = []
  let bytes = 0
  for (const found of select.iterate()) {
    const row = storedRow(table, Object.values(found))
    batch.push(row)
    bytes += sizeOf([row])
    if (bytes < BATCH_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}
