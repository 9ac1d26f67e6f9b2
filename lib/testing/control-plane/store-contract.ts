import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Authority } from '#lib/control-plane/authority/authority.ts'
import { timestamp } from '#lib/control-plane/clock.ts'
import { newBackendRow } from '#lib/control-plane/services/rules/new-rows.ts'
import { jsonItems, jsonLength, jsonText } from '#lib/control-plane/store/dialect/portable-sql.ts'
import type { StoreDialect } from '#lib/control-plane/store/dialect/store-dialect.ts'
import {
  addressContains,
  contains,
  hasTags,
  someTagContains,
} from '#lib/control-plane/store/filters.ts'
import { folded } from '#lib/control-plane/store/folded-columns.ts'
import type { Writer } from '#lib/control-plane/store/reader.ts'
import type { Store } from '#lib/control-plane/store/store.ts'
import type { LbRow, Tables } from '#lib/control-plane/store/tables.ts'
import { CreateBackend } from '#lib/core/backend.ts'
import { INT32_MAX } from '#lib/core/fields.ts'
import { describeChangeFeed } from './change-feed-contract.ts'
import { backendInput } from './running-control-plane.ts'
import { appendChange, iterations, lbRow, openStore } from './store-fixtures.ts'
import { describeValues } from './value-contract.ts'

/** The numbers of a backend, whose schemas admit up to `INT32_MAX`. */
const LARGEST = [
  'timeout_server',
  'timeout_connect',
  'timeout_tunnel',
  'redispatch_attempt_count',
  'max_retries',
  'max_connections',
] as const

/**
 * What every store must do, whichever database it is on.
 * @param connect connects to a database that all calls share, which is new at the first call
 */
export function describeStore(name: string, connect: () => StoreDialect): void {
  describe(name, () => {
    let store: Store
    const write = <T>(work: (writer: Writer) => Promise<T>) =>
      store.transaction(Authority.system, work)
    const insertLb = (row: LbRow) =>
      write((writer) => writer.insertInto('lbs').values(row).execute())
    const selectLb = (id: string) =>
      store.reader.selectFrom('lbs').selectAll().where('id', '=', id).executeTakeFirst()

    beforeAll(async () => {
      store = await openStore(connect())
    })
    afterAll(() => store.close())

    test('a transaction that throws writes nothing', async () => {
      const failed = write(async (writer) => {
        await writer.insertInto('lbs').values(lbRow('torn')).execute()
        throw new Error('half done')
      })
      await expect(failed).rejects.toThrow('half done')
      expect(await selectLb('torn')).toBeUndefined()
    })

    test('constraints hold, and deletions cascade', async () => {
      await insertLb(lbRow('constrained'))
      await expect(insertLb(lbRow('constrained'))).rejects.toThrow(/unique|duplicate/i)
      const orphan = { id: 'i', lb_id: 'none', cluster: 'a' as const, created_at: timestamp() }
      const insert = (row: typeof orphan) =>
        write((writer) => writer.insertInto('instances').values(row).execute())
      await expect(insert(orphan)).rejects.toThrow(/foreign key/i)
      await insert({ ...orphan, lb_id: 'constrained' })
      await write((writer) => writer.deleteFrom('lbs').where('id', '=', 'constrained').execute())
      expect(await store.reader.selectFrom('instances').selectAll().execute()).toEqual([])
    })

    test('rows are read as they were written: booleans, JSON, large numbers and null', async () => {
      const lb = lbRow('typed', { tags: ['prod', "it's", 'été'] })
      await insertLb(lb)
      expect(await selectLb('typed')).toEqual(lb)
      const input = CreateBackend.parse(backendInput({ ssl_bridging: true, max_connections: 9 }))
      const row = newBackendRow('typed', input)
      expect([row.send_proxy_v2, row.ignore_ssl_server_verify]).toEqual([false, null])
      await write((writer) => writer.insertInto('backends').values(row).execute())
      const read = await store.reader.selectFrom('backends').selectAll().executeTakeFirst()
      expect(read).toEqual(row)
      const numbers = { ip_address: '255.255.255.254', address_number: 4_294_967_294 }
      const owner = { region: lb.region, zone: lb.zone, organization_id: 'o', project_id: 'p' }
      const own = { id: 'ip', lb_id: null, reverse: '', tags: [], ...owner }
      const ip = { ...own, ...numbers, created_at: lb.created_at, updated_at: lb.updated_at }
      await write((writer) => writer.insertInto('ips').values(ip).execute())
      expect(await store.reader.selectFrom('ips').selectAll().executeTakeFirst()).toEqual(ip)
    })

    test('numbers are exact: fractions, and the largest of every setting', async () => {
      await insertLb(lbRow('exact'))
      const at = timestamp()
      const sides = { from_cluster: 'a', to_cluster: 'b', reason: 'hung' } as const
      const gaps = [0.1 + 0.2, 1 / 3, 86_400_000.123]
      for (const gap_ms of gaps) {
        const row = { id: `gap ${gap_ms}`, lb_id: 'exact', at, ...sides, gap_ms }
        await write((writer) => writer.insertInto('failovers').values(row).execute())
      }
      const failovers = store.reader.selectFrom('failovers').select('gap_ms').orderBy('sequence')
      expect((await failovers.execute()).map(({ gap_ms }) => gap_ms)).toEqual(gaps)
      const largest = Object.fromEntries(LARGEST.map((column) => [column, INT32_MAX]))
      const backend = { ...newBackendRow('exact', CreateBackend.parse(backendInput())), ...largest }
      await write((writer) => writer.insertInto('backends').values(backend).execute())
      const read = store.reader.selectFrom('backends').selectAll().where('lb_id', '=', 'exact')
      expect(await read.executeTakeFirst()).toEqual(backend)
    })

    test('an insert can replace or keep what exists, and return what it wrote', async () => {
      const set = (value: string, replace: boolean) =>
        write((writer) =>
          writer
            .insertInto('settings')
            .values({ key: 'k', value })
            .onConflict((conflict) => {
              const key = conflict.column('key')
              return replace ? key.doUpdateSet({ value }) : key.doNothing()
            })
            .returning('value')
            .execute(),
        )
      expect(await set('first', false)).toEqual([{ value: 'first' }])
      expect(await set('second', false)).toEqual([])
      expect(await set('third', true)).toEqual([{ value: 'third' }])
    })

    test('names, tags and addresses are found case-insensitively, and sorted by code point', async () => {
      const named = { region: 'nl-ams', zone: 'nl-ams-1' } as const
      for (const [id, text] of Object.entries({
        a: 'Éclair',
        b: 'zoo',
        c: 'STRASSE',
        d: 'Zebra',
      })) {
        const tags = [text, id === 'c' ? '50%' : 'x_y']
        await insertLb(lbRow(`named-${id}`, { ...named, name: text, tags }))
      }
      const lbs = store.reader.selectFrom('lbs').select('id').where('region', '=', 'nl-ams')
      const ids = async (query: typeof lbs) => (await query.execute()).map(({ id }) => id.at(-1))
      expect(await ids(lbs.orderBy(folded('name')))).toEqual(['c', 'd', 'b', 'a'])
      expect(await ids(lbs.where(contains('name', 'straße')))).toEqual(['c'])
      expect(await ids(lbs.where(someTagContains('tags', 'ÉCLAIR')))).toEqual(['a'])
      expect(await ids(lbs.where(someTagContains('tags', '%')))).toEqual(['c'])
      expect(await ids(lbs.where(addressContains('zone', 'AMS-1')).orderBy('id'))).toEqual([
        ...'abcd',
      ])
      const tagged = (...tags: string[]) => ids(lbs.where(hasTags('tags', tags)).orderBy('id'))
      expect(await tagged('x_y')).toEqual(['a', 'b', 'd'])
      expect(await tagged('x_y', 'Zebra', 'x_y')).toEqual(['d'])
      expect(await tagged('zebra')).toEqual([])
      expect(await tagged()).toEqual([...'abcd'])
    })

    test('a row is in no empty list', async () => {
      await insertLb(lbRow('listed', { tags: ['one', 'two'] }))
      const row = store.reader.selectFrom('lbs').where('lbs.id', '=', 'listed')
      const tags = jsonItems(sql.ref('lbs.tags')).as('tag')
      const items = row.innerJoin(tags, (join) => join.onTrue()).select('tag.value')
      expect(await items.orderBy('tag.value').execute()).toEqual([
        { value: 'one' },
        { value: 'two' },
      ])
      const length = row.select(({ fn }) => fn.sum(jsonLength(sql.ref('tags'))).as('length'))
      expect(Number((await length.executeTakeFirst())?.length)).toBe(2)
      const id = await write((writer) => appendChange(writer, 'listed'))
      const text = store.reader
        .selectFrom('changes')
        .select([
          jsonText(sql.ref('before'), 'name').as('name'),
          jsonText(sql`coalesce(after, before)`, 'none').as('none'),
        ])
        .where('id', '=', id)
      expect(await text.execute()).toEqual([{ name: 'listed', none: null }])
    })

    test('IDs increase, also after a rollback and a deletion', async () => {
      const first = await write((writer) => appendChange(writer, 'x'))
      const failed = write(async (writer) => {
        await appendChange(writer, 'x')
        throw new Error('rolled back')
      })
      await expect(failed).rejects.toThrow('rolled back')
      const second = await write((writer) => appendChange(writer, 'x'))
      expect(second).toBeGreaterThan(first)
      await write((writer) => writer.deleteFrom('changes').where('id', '>=', first).execute())
      expect(await write((writer) => appendChange(writer, 'x'))).toBeGreaterThan(second)
    })

    test('concurrent write transactions run one after the other', async () => {
      const increment = async (writer: Writer) => {
        const query = writer.selectFrom('settings').select('value').where('key', '=', 'counter')
        const value = String(Number((await query.executeTakeFirst())?.value ?? 0) + 1)
        await iterations(3)
        await writer
          .insertInto('settings')
          .values({ key: 'counter', value })
          .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
          .execute()
      }
      await Promise.all(Array.from({ length: 20 }, () => write(increment)))
      const counter = store.reader
        .selectFrom('settings')
        .select('value')
        .where('key', '=', 'counter')
      expect(await counter.execute()).toEqual([{ value: '20' }])
    })

    test('a snapshot sees one state while another process commits', async () => {
      const other = await openStore(connect())
      await insertLb(lbRow('snapshot', { name: 'before' }))
      const names = await other.snapshot(async (reader) => {
        const read = () =>
          reader.selectFrom('lbs').select('name').where('id', '=', 'snapshot').executeTakeFirst()
        const first = await read()
        await write((writer) =>
          writer.updateTable('lbs').set({ name: 'after' }).where('id', '=', 'snapshot').execute(),
        )
        return [first?.name, (await read())?.name]
      })
      await other.close()
      expect(names).toEqual(['before', 'before'])
      expect((await selectLb('snapshot'))?.name).toBe('after')
    })

    test('a database that a newer version has migrated is refused', async () => {
      const migration = { name: '9999-later', timestamp: '2030-01-01' }
      await write((writer) =>
        sql`insert into kysely_migration values (${migration.name}, ${migration.timestamp})`.execute(
          writer,
        ),
      )
      await expect(openStore(connect())).rejects.toThrow(
        /was written by a newer version of Fairlead \(its schema has 9999-later,/,
      )
      // Not in a transaction of the store, which refuses to write to such a database.
      const database = store.reader as Kysely<Tables>
      await sql`delete from kysely_migration where name = ${migration.name}`.execute(database)
    })

    describeValues(() => store)
    describeChangeFeed(() => store, connect)
  })
}
