import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { sqliteTables } from '../store/dialect/sqlite/sqlite-tables.ts'
import { compareTable } from './compare-table.ts'
import { copyTable } from './copy-table.ts'
import { sharedTables } from './shared-tables.ts'

const SCHEMA = `
  create table part (id integer primary key autoincrement, whole text references whole (id), share real not null);
  create table whole (id text primary key, name text, is_full boolean not null);
  insert into whole values ('a', 'été', 1), ('b', null, 0);
  insert into part values (7, 'a', 0.1), (9, 'b', 2), (12, 'b', 1e10);
  delete from part where id = 12;`

const open = () => {
  const database = new DatabaseSync(':memory:')
  database.exec(SCHEMA)
  return database
}

/** Compares all tables after a statement has changed the second database. */
async function compared(change: string) {
  using source = open()
  using target = open()
  target.exec(change)
  const [from, to] = [sqliteTables(source), sqliteTables(target)]
  const results = []
  for (const table of await sharedTables(from, to)) {
    const result = await compareTable(table, [{ name: 'A' }, from], [{ name: 'B' }, to])
    results.push({ table: table.name, ...result })
  }
  return results
}

describe('tables', () => {
  test('that are equal have one digest, and come after those that they reference', async () => {
    const results = await compared('')
    expect(results.map(({ table, rows }) => [table, rows])).toEqual([
      ['whole', 2],
      ['part', 2],
    ])
    expect(new Set(results.map(({ digest }) => digest)).size).toBe(2)
    expect(await compared('')).toEqual(results)
  })

  test.each([
    ["update whole set name = 'ete' where id = 'a'", 'Table whole, id a'],
    ["update whole set name = '' where id = 'b'", 'Table whole, id b'],
    ["update whole set is_full = 1 where id = 'b'", 'Table whole, id b'],
    ['update part set share = 0.11 where id = 7', 'Table part, id 7'],
    ['delete from part where id = 9', 'Table part, id 9'],
    ["insert into part values (8, 'a', 1)", 'Table part, id 9'],
    ["insert into part values (10, 'a', 1)", 'Table part, id 10'],
  ])('that differ are refused: %s', async (change, where) => {
    await expect(compared(change)).rejects.toThrow(`${where}: the row is not the same in A and B.`)
  })

  test('whose next number differs are refused', async () => {
    const change = "update sqlite_sequence set seq = 9 where name = 'part'"
    const message = 'Table part: the last number is 12 and was copied as 9.'
    await expect(compared(change)).rejects.toThrow(message)
  })

  test.each([
    [
      "update whole set is_full = 2 where id = 'a'",
      'Table whole, id a: is_full is not a valid boolean.',
    ],
    ['update part set id = 9007199254740993 where id = 7', 'too large'],
    [
      "update whole set name = 'a' || char(0) where id = 'b'",
      'Table whole, id b: name is not a valid text.',
    ],
    ["update part set share = 'much' where id = 7", 'Table part, id 7: share is not a valid real.'],
  ])(
    'with a value that no column of that kind can have are refused: %s',
    async (change, message) => {
      await expect(compared(change)).rejects.toThrow(message)
    },
  )

  test('with other columns are refused', async () => {
    const message = 'Table part has other columns in one of the databases.'
    await expect(compared('alter table part add column more text')).rejects.toThrow(message)
  })

  test('are copied with the number that the next row gets', async () => {
    using source = open()
    using target = open()
    const [from, to] = [sqliteTables(source), sqliteTables(target)]
    const tables = await sharedTables(from, to)
    await to.empty(tables)
    for (const table of tables) await copyTable(table, from, to, () => {})
    for (const table of tables) {
      await compareTable(table, [{ name: 'A' }, from], [{ name: 'B' }, to])
    }
    const { lastInsertRowid } = target.prepare('insert into part (share) values (1)').run()
    expect(lastInsertRowid).toBe(13)
  })
})
