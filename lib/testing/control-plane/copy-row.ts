import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

/** Writes copies of a row into the database, where API calls would take too long. @param columns the different values of each copy */
export function copyRow(
  databaseFile: string,
  table: 'backends' | 'frontends' | 'routes' | 'acls',
  id: string,
  count: number,
  columns: (at: number) => Record<string, string | number>,
): void {
  const database = new DatabaseSync(databaseFile)
  const row = database.prepare(`select * from ${table} where id = ?`).get(id)
  database.exec('begin')
  for (let at = 0; at < count; at += 1) {
    const copy = { ...row, id: randomUUID(), ...columns(at) }
    const names = Object.keys(copy)
    database
      .prepare(
        `insert into ${table} (${names.map((name) => `"${name}"`)}) values (${names.map(() => '?')})`,
      )
      .run(...Object.values(copy))
  }
  database.exec('commit')
  database.close()
}
