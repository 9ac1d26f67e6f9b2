import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type PostgresStore,
  startPostgresStore,
} from '#lib/testing/control-plane/postgres-store.ts'
import { lbRow } from '#lib/testing/control-plane/store-fixtures.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { Authority } from '../../../authority/authority.ts'
import { timestamp } from '../../../clock.ts'
import type { Writer } from '../../reader.ts'
import { pruneRowLog, RowLog, rowLogEnd } from '../../row-log.ts'
import type { Store } from '../../store.ts'
import type { NodeRow } from '../../tables.ts'

const nodeRow = (id: string, cluster: 'a' | 'b'): NodeRow => ({
  ...{ id, name: id, region: 'fr-par', cluster, host: id, address: null, version: null },
  ...{ state: 'registered', credential_hash: id, certificate_expires_at: null, last_seen_at: null },
  ...{ created_at: timestamp(), updated_at: timestamp() },
})

describe.skipIf(missingPrograms('postgres'))('the row log', () => {
  let database: PostgresStore
  let store: Store
  const write = <T>(work: (writer: Writer) => Promise<T>) =>
    store.transaction(Authority.system, work)

  beforeAll(async () => {
    database = await startPostgresStore()
    store = database.store
  })
  afterAll(() => database?.remove())

  test('has each changed row of the tables that processes keep in memory, in commit order', async () => {
    const log = await RowLog.open(store.reader)
    expect(await log.read(store.reader)).toEqual([])
    const lb = lbRow('placed')
    await write(async (writer) => {
      await writer.insertInto('lbs').values(lb).execute()
      for (const row of [nodeRow('n1', 'a'), nodeRow('n2', 'b')])
        await writer.insertInto('nodes').values(row).execute()
      const pair = { region: 'fr-par' as const, number: 3, node_a: 'n1', node_b: 'n2' }
      await writer
        .insertInto('node_pairs')
        .values({ ...pair, created_at: timestamp() })
        .execute()
      await writer
        .insertInto('draining_nodes')
        .values({ node_id: 'n2', since: timestamp() })
        .execute()
    })
    expect(await log.read(store.reader)).toEqual([
      { table_name: 'lbs', key: 'placed' },
      { table_name: 'nodes', key: 'n1' },
      { table_name: 'nodes', key: 'n2' },
      { table_name: 'node_pairs', key: 'fr-par/3' },
      { table_name: 'draining_nodes', key: 'n2' },
    ])
    await write(async (writer) => {
      await writer.updateTable('nodes').set({ host: 'other' }).where('id', '=', 'n1').execute()
      await writer.updateTable('lbs').set({ name: 'other' }).where('id', '=', 'placed').execute()
      await writer.updateTable('nodes').set({ host: 'third' }).where('id', '=', 'n1').execute()
    })
    // Each once, where it changed last.
    expect(await log.read(store.reader)).toEqual([
      { table_name: 'lbs', key: 'placed' },
      { table_name: 'nodes', key: 'n1' },
    ])
    await write((writer) => writer.deleteFrom('nodes').where('id', '=', 'n2').execute())
    // Rows that a deletion cascades to are in it too.
    const deleted = await log.read(store.reader)
    expect(deleted?.map(({ table_name }) => table_name).sort()).toEqual([
      'draining_nodes',
      'node_pairs',
      'nodes',
    ])
    expect(await log.read(store.reader)).toEqual([])
  })

  test('a rolled back change is not in it', async () => {
    const log = await RowLog.open(store.reader)
    const failed = write(async (writer) => {
      await writer.insertInto('lbs').values(lbRow('torn')).execute()
      throw new Error('half done')
    })
    await expect(failed).rejects.toThrow('half done')
    expect(await log.read(store.reader)).toEqual([])
  })

  test('a reader that is behind the horizon reloads, and goes on', async () => {
    const behind = await RowLog.open(store.reader)
    await write((writer) => writer.insertInto('lbs').values(lbRow('pruned')).execute())
    const current = await RowLog.open(store.reader)
    const end = await rowLogEnd(store.reader)
    await write((writer) => pruneRowLog(writer, 3_600_000))
    expect(await store.reader.selectFrom('row_log').select('id').execute()).not.toEqual([])
    await write((writer) => pruneRowLog(writer, -1000))
    expect(await store.reader.selectFrom('row_log').select('id').execute()).toEqual([])
    expect(await rowLogEnd(store.reader)).toBe(end)
    expect(await current.read(store.reader)).toEqual([])
    expect(await behind.read(store.reader)).toBeNull()
    expect(await behind.read(store.reader)).toEqual([])
    await write((writer) => writer.insertInto('lbs').values(lbRow('later')).execute())
    for (const log of [behind, current]) {
      expect(await log.read(store.reader)).toEqual([{ table_name: 'lbs', key: 'later' }])
    }
  })

  test('its end orders snapshots', async () => {
    const before = await store.snapshot(async (reader) => {
      const first = await rowLogEnd(reader)
      await write((writer) => writer.insertInto('lbs').values(lbRow('between')).execute())
      expect(await rowLogEnd(reader)).toBe(first)
      return first
    })
    expect(await store.snapshot(rowLogEnd)).toBe(before + 1)
  })
})
