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
import type { PostgresConnection } from './postgres-connection.ts'

type Connection = Pick<PostgresConnection, 'query'>

/** Without `real`, which has only 32 bits. */
const KINDS: Record<string, StoredKind> = {
  text: 'text',
  integer: 'integer',
  bigint: 'integer',
  'double precision': 'real',
  boolean: 'boolean',
}

const FIRST_FETCH = 20
const LARGEST_FETCH = 5000

const IN_SCHEMA = "c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'"

const NAMES = `
  select c.relname as name from pg_class c where ${IN_SCHEMA} and c.relname not like 'kysely\\_%'`

const TABLES = `
  select c.relname as name,
    (select json_agg(json_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, null), 'isNumbered', a.attidentity <> ''
      ) order by a.attname collate "C")
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum))
      from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
      where i.indrelid = c.oid and i.indisprimary) as key,
    (select coalesce(json_agg(distinct f.confrelid::regclass::text), '[]')
      from pg_constraint f where f.conrelid = c.oid and f.contype = 'f') as references
  from pg_class c
  where ${IN_SCHEMA} and c.relname = any ($1)
  order by c.relname`

type Described = {
  name: string
  columns: { name: string; type: string; isNumbered: boolean }[]
  key: string[] | null
  references: string[]
}

/** The tables of the current schema, without those of migrations. Rows are read and written in the connection's transaction. */
export function postgresTables(connection: Connection): StoredTables {
  const numberOf = async (sql: string) =>
    Number((await connection.query(`select (${sql}) as number`)).rows[0]?.number)
  return {
    names: async () => (await connection.query(NAMES)).rows.map(({ name }) => name),
    tables: async (names) => (await connection.query(TABLES, [names])).rows.map(describeTable),
    count: ({ name }) => numberOf(`select count(*) from ${quoted(name)}`),
    rows: (table) => rowsOf(connection, table),
    empty: async (tables) => {
      await connection.query(
        `truncate ${tables.map(({ name }) => quoted(name)).join(', ')} cascade`,
      )
    },
    insert: async (table, rows) => {
      const names = table.columns.map(({ name }) => name)
      const objects = rows.map((row) =>
        Object.fromEntries(row.map((value, at) => [names[at], value])),
      )
      const columns = columnsOf(table)
      await connection.query(
        `insert into ${quoted(table.name)} (${columns})
          select ${columns} from json_populate_recordset(null::${quoted(table.name)}, $1)`,
        [JSON.stringify(objects)],
      )
    },
    lastNumber: async (table) => {
      const sequence = await sequenceOf(connection, table)
      return numberOf(`select case when is_called then last_value else 0 end from ${sequence}`)
    },
    setLastNumber: async (table, number) => {
      const sequence = await sequenceOf(connection, table)
      const values = [sequence, Math.max(number, 1), number > 0]
      await connection.query('select setval($1::regclass, $2, $3)', values)
    },
  }
}

function describeTable({ name, columns, key, references }: Described): StoredTable {
  return {
    name,
    columns: columns.map((column) => ({ name: column.name, kind: kindOf(column.type) })),
    key: key ?? [],
    isNumbered: columns.some(({ isNumbered }) => isNumbered),
    references,
  }
}

function kindOf(type: string): StoredKind {
  const kind = KINDS[type]
  if (!kind) throw new Error(`A column has the type ${type}, which can't be moved.`)
  return kind
}

/** The name of the sequence that numbers a table's rows, as SQL. */
async function sequenceOf(connection: Connection, { name, key }: StoredTable): Promise<string> {
  const sql = 'select pg_get_serial_sequence($1, $2) as sequence'
  return (await connection.query(sql, [quoted(name), key[0]])).rows[0].sequence
}

async function* rowsOf(connection: Connection, table: StoredTable): AsyncGenerator<StoredRow[]> {
  const order = table.key.map(quoted).join(', ')
  const select = `select ${columnsOf(table)} from ${quoted(table.name)} order by ${order}`
  const cursor = quoted(`rows_of_${table.name}`)
  await connection.query(`declare ${cursor} no scroll cursor for ${select}`)
  let count = FIRST_FETCH
  for (;;) {
    const { rows } = await connection.query(`fetch ${count} from ${cursor}`)
    const batch = rows.map((row) => storedRow(table, Object.values(row)))
    if (batch.length > 0) yield batch
    if (batch.length < count) break
    count = Math.min(nextFetch(batch), 4 * count, LARGEST_FETCH)
  }
  await connection.query(`close ${cursor}`)
}

/** How many rows like these make a batch. */
function nextFetch(batch: readonly StoredRow[]): number {
  return Math.max(1, Math.floor(BATCH_BYTES / (sizeOf(batch) / batch.length)))
}
