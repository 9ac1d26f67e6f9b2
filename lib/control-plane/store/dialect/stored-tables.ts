export type StoredKind = 'text' | 'integer' | 'real' | 'boolean'

/** A table as a database has it, with all its columns. */
export type StoredTable = {
  name: string
  /** In the order of their names. */
  columns: readonly { name: string; kind: StoredKind }[]
  /** The columns of the primary key. */
  key: readonly string[]
  /** Whether the database numbers new rows, by its only key column. */
  isNumbered: boolean
  /** The tables that must have rows first, because of foreign keys. */
  references: readonly string[]
}

/** The values of a row in the order of the table's columns, equal on every database. */
export type StoredRow = readonly StoredValue[]
export type StoredValue = string | number | boolean | null

/** The rows of a database as they are stored, to copy them to another kind of database. */
export type StoredTables = {
  /** The names of all tables but those of migrations. */
  names: () => Promise<string[]>
  tables: (names: readonly string[]) => Promise<StoredTable[]>
  count: (table: StoredTable) => Promise<number>
  /** All rows in batches of bounded size, in ascending order of the key. @throws WrongValue */
  rows: (table: StoredTable) => AsyncGenerator<StoredRow[]>
  /** Deletes all rows. */
  empty: (tables: readonly StoredTable[]) => Promise<void>
  insert: (table: StoredTable, rows: readonly StoredRow[]) => Promise<void>
  /** The last number of a numbered table's rows, which may be deleted; 0 if there was none. */
  lastNumber: (table: StoredTable) => Promise<number>
  setLastNumber: (table: StoredTable, number: number) => Promise<void>
}

/** The size of a batch of rows, in bytes. */
export const BATCH_BYTES = 1 << 20

/** The approximate size of rows, in bytes. */
export const sizeOf = (rows: readonly StoredRow[]) =>
  rows
    .flat()
    .reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0)

/** The columns of a table and a name, in SQL. */
export const columnsOf = ({ columns }: StoredTable) =>
  columns.map(({ name }) => quoted(name)).join(', ')
export const quoted = (name: string) => `"${name}"`

/** A value that not every database can store. */
export class WrongValue extends Error {}

/** What a row has in its table's key columns: "id 7". */
export function keyOf(table: StoredTable, row: StoredRow): string {
  const named = ({ name }: StoredTable['columns'][number], at: number) => `${name} ${row[at]}`
  return table.columns
    .map((column, at) => (table.key.includes(column.name) ? named(column, at) : null))
    .filter((part) => part !== null)
    .join(', ')
}

/** Turns a row as one database returns it into what it is on every database. @throws WrongValue */
export function storedRow(table: StoredTable, values: readonly unknown[]): StoredRow {
  return table.columns.map(({ name, kind }, at) => {
    const value = storedValue(kind, values[at])
    if (value !== undefined) return value
    const key = keyOf(table, values as StoredRow)
    throw new WrongValue(`Table ${table.name}, ${key}: ${name} is not a valid ${kind}.`)
  })
}

/** Undefined for a value that isn't of the column's kind. SQLite stores any value in any column. */
function storedValue(kind: StoredKind, value: unknown): StoredValue | undefined {
  if (value === null) return null
  switch (kind) {
    case 'text':
      // PostgreSQL stores no NUL in texts.
      return typeof value === 'string' && !value.includes('\0') ? value : undefined
    case 'boolean':
      if (value === 0 || value === 1) return value === 1
      return typeof value === 'boolean' ? value : undefined
    case 'integer':
      return Number.isSafeInteger(value) ? (value as number) : undefined
    case 'real':
      return typeof value === 'number' ? value : undefined
  }
}

/** Sorts tables so that each comes after those that it references. */
export function inInsertOrder(tables: readonly StoredTable[]): StoredTable[] {
  const sorted: StoredTable[] = []
  const left = new Set(tables)
  while (left.size > 0) {
    const names = new Set([...left].map(({ name }) => name))
    const free = [...left].filter(
      ({ name, references }) => !references.some((other) => other !== name && names.has(other)),
    )
    if (free.length === 0) throw new Error(`Tables reference each other: ${[...names].join(', ')}.`)
    for (const table of free) {
      left.delete(table)
      sorted.push(table)
    }
  }
  return sorted
}
