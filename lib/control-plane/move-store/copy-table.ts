import type { StoredTable, StoredTables } from '../store/dialect/stored-tables.ts'

/** Copies all rows of a table to an empty one, and the number that its next row gets. @param onBatch with the rows so far and of this batch */
export async function copyTable(
  table: StoredTable,
  source: StoredTables,
  target: StoredTables,
  onBatch: (rows: number, batch: number) => void,
): Promise<void> {
  let rows = 0
  for await (const batch of source.rows(table)) {
    await target.insert(table, batch)
    rows += batch.length
    onBatch(rows, batch.length)
  }
  if (table.isNumbered) await target.setLastNumber(table, await source.lastNumber(table))
}
