import {
  inInsertOrder,
  type StoredTable,
  type StoredTables,
} from '../store/dialect/stored-tables.ts'

/**
 * The tables of both databases, in an order in which rows can be inserted. Those that only one of them has are about that database.
 * @throws Error if a table differs
 */
export async function sharedTables(
  source: StoredTables,
  target: StoredTables,
): Promise<StoredTable[]> {
  const all = [await source.names(), await target.names()] as const
  const names = all[0].filter((name) => all[1].includes(name))
  const others = new Map((await target.tables(names)).map((table) => [table.name, table]))
  const tables = await source.tables(names)
  for (const table of tables) {
    const other = others.get(table.name)
    if (JSON.stringify(essence(table)) === JSON.stringify(other && essence(other))) continue
    throw new Error(
      `Table ${table.name} has other columns in one of the databases. Update Fairlead.`,
    )
  }
  return inInsertOrder(tables)
}

/** What must be equal. */
const essence = ({ columns, key, isNumbered }: StoredTable) => ({ columns, key, isNumbered })
