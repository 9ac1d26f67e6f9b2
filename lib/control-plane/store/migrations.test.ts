import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import {
  AT,
  BACKEND,
  createOldDatabase,
  FRONTEND,
  ID,
  LATER,
  LB,
  OWNER,
  SECRET,
} from '#lib/testing/control-plane/old-database.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { MIGRATIONS } from './schema-version.ts'
import { Store } from './store.ts'

describe('a database of an earlier version', () => {
  let directory: string
  let file: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fairlead-migrations-'))
    file = join(directory, 'fairlead.db')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  test.each(Object.keys(MIGRATIONS))(
    'a database at %s is migrated and loses nothing',
    async (version) => {
      await createOldDatabase(file, version)
      const controlPlane = await runControlPlane({ databaseFile: file })
      const get = async (path: string) => {
        const answered = await controlPlane.call('GET', path, undefined, { 'X-Auth-Token': SECRET })
        expect([path, answered.status]).toEqual([path, 200])
        return answered.body
      }
      const base = '/lb/v1/regions/fr-par'
      const { master: _master, generation: _generation, changed_at: _changed, ...lb } = LB
      expect(await get(`${base}/lbs/${LB.id}`)).toMatchObject({
        ...lb,
        ip: [{ ip_address: '127.51.0.9', reverse: 'shop.example.com' }],
        backend_count: 1,
        frontend_count: 1,
      })
      const { lb_id: _lb, servers, health_check, ...backend } = BACKEND
      expect(await get(`${base}/backends/${BACKEND.id}`)).toMatchObject({
        name: backend.name,
        pool: servers,
        health_check: { port: 8080, http_config: health_check.http_config },
        sticky_sessions: 'cookie',
        timeout_queue: '5s',
        max_connections: 200,
        on_marked_down_action: 'shutdown_sessions',
        updated_at: LATER,
      })
      expect(await get(`${base}/frontends/${FRONTEND.id}`)).toMatchObject({
        name: 'public',
        inbound_port: 80,
        enable_access_logs: true,
        backend: { id: BACKEND.id },
      })
      expect((await get(`${base}/ips`)).ips).toMatchObject([
        { ip_address: '127.51.0.1', lb_id: null },
        { ip_address: '127.51.0.9', lb_id: LB.id },
      ])
      const { changes } = await get(`/fairlead/v1/lbs/${LB.id}/changes`)
      expect(
        changes.map(({ verb, generation, resource }: Changed) => [verb, generation, resource.type]),
      ).toEqual([
        ['create', 3, 'frontend'],
        ['create', 2, 'backend'],
        ['create', 1, 'lb'],
      ])
      const { tokens } = await get('/fairlead/v1/tokens')
      expect(tokens).toContainEqual(expect.objectContaining({ access_key: 'SCWOLD00000000000001' }))

      // Nodes get the configuration with a revision from the history, and later changes continue its generation.
      using node = await follow(controlPlane, 'fr-par-a')
      const [message] = await node.untilSynced()
      const sticky = { type: 'cookie', name: 'sid', nocache: true }
      expect(message).toMatchObject({
        config: { backends: [{ sticky, host: null, failover_host: null }] },
      })
      // A restore of the newest change finds no difference.
      const dry = `/fairlead/v1/lbs/${LB.id}/restore?dry_run=true`
      const at = changes.at(0).id
      const restored = await controlPlane.call(
        'POST',
        dry,
        { change_id: at },
        { 'X-Auth-Token': SECRET },
      )
      expect(restored.body.steps).toEqual([])
      const revision = expect.stringMatching(/.{20}/)
      expect(message).toMatchObject({ config: { lb_id: LB.id, generation: 3, revision } })
      const token = { 'X-Auth-Token': SECRET }
      await controlPlane.call('PUT', `${base}/lbs/${LB.id}`, { name: 'renamed' }, token)
      expect(await node.next()).toMatchObject({ config: { generation: 4 } })
      const next = await controlPlane.call('POST', `${base}/ips`, {}, token)
      expect(next.body).toMatchObject({ ip_address: '127.51.0.2', ...OWNER })
      node.close()
      await controlPlane.stop()

      using database = new DatabaseSync(file, { readOnly: true })
      expect(database.prepare('pragma foreign_key_check').all()).toEqual([])
      expect(database.prepare('select email from users').all()).toEqual([
        { email: 'ada@example.com' },
      ])
    },
  )

  test('audit entries get the kind by which they are retained', async () => {
    await createOldDatabase(file, '0014-sequence')
    const database = new DatabaseSync(file)
    const insert = database.prepare(
      `insert into audit (at, sequence, event, actor_kind, actor_name, address, count, last_at)
       values (:at, :at, ?, ?, ?, '192.0.2.1', 3, :at)`,
    )
    for (const [event, kind, name] of [
      ['login', 'account', 'ada'],
      ['password_wrong', 'account', 'ada'],
      ['denied', 'token', 'SCW1'],
      ['denied', 'unknown', ''],
      ['login_failed', 'account', 'eve'],
    ] as const) {
      insert.run({ at: AT }, event, kind, name)
    }
    database.close()
    const store = await Store.open(file)
    const lines = await store.reader.selectFrom('audit').selectAll().orderBy('id').execute()
    await store.close()
    expect(lines.map(({ kind, source }) => `${kind} ${source}`)).toEqual([
      'logins ada',
      'denials ada',
      'denials SCW1',
      'anonymous 192.0.2.1',
      'anonymous 192.0.2.1',
    ])
    expect(lines[0]).toMatchObject({ feed_position: AT, feed_count: 3, details: null })
  })

  test('failovers get UUIDs and stay in order', async () => {
    await createOldDatabase(file, '0020-audit-kinds')
    const database = new DatabaseSync(file)
    const insert = database.prepare(
      `insert into failovers (lb_id, at, from_cluster, to_cluster, reason, gap_ms)
       values (?, '${AT}', 'a', 'b', 'ended', ?)`,
    )
    for (const gap of [1.5, 2.5]) insert.run(ID(1), gap)
    database.close()
    const store = await Store.open(file)
    const query = store.reader.selectFrom('failovers').selectAll().orderBy('sequence')
    const rows = await query.execute()
    await store.close()
    const common = { lb_id: ID(1), at: AT, from_cluster: 'a', to_cluster: 'b', reason: 'ended' }
    const id = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/)
    expect(rows).toEqual([
      { ...common, sequence: 1, id, gap_ms: 1.5 },
      { ...common, sequence: 2, id, gap_ms: 2.5 },
    ])
    expect(new Set(rows.map((row) => row.id)).size).toBe(2)
  })

  test('names are folded for the search, and folded again after a change of the Unicode version', async () => {
    await createOldDatabase(file, '0001-start')
    await (await Store.open(file)).close()
    const foldedName = () => {
      using database = new DatabaseSync(file, { readOnly: true })
      return database.prepare('select name_folded, tags_folded from lbs').get()
    }
    expect(foldedName()).toEqual({ name_folded: 'shop', tags_folded: '["prod","été"]' })
    const change = (sql: string) => {
      using database = new DatabaseSync(file)
      database.exec(sql)
    }
    change("update lbs set name_folded = 'kept'")
    await (await Store.open(file)).close()
    expect(foldedName()).toMatchObject({ name_folded: 'kept' })
    change("update settings set value = '1.0' where key = 'unicode_version'")
    await (await Store.open(file)).close()
    expect(foldedName()).toMatchObject({ name_folded: 'shop' })
  })

  test('a database of a later version is refused with a reason, and stays unchanged', async () => {
    await createOldDatabase(file, '0001-start')
    const database = new DatabaseSync(file)
    database.exec("insert into kysely_migration values ('9999-later', '2030-01-01')")
    database.close()
    await expect(Store.open(file)).rejects.toThrow(
      /was written by a newer version of Fairlead \(its schema has 9999-later,.*Start that version/,
    )
    using left = new DatabaseSync(file, { readOnly: true })
    expect(left.prepare('select count(*) as count from kysely_migration').get()).toEqual({
      count: 2,
    })
  })
})

type Changed = { verb: string; generation: number; resource: { type: string } }
