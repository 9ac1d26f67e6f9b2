import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { openSqlite } from './dialect/sqlite/sqlite-dialect.ts'
import { MIGRATIONS } from './schema-version.ts'
import { Store } from './store.ts'

const AT = '2025-11-02T08:00:00.000000Z'
const LATER = '2025-11-03T09:30:00.000000Z'
const ID = (last: number) => `0d2bbb78-0687-4cca-93f4-${String(last).padStart(12, '0')}`
const OWNER = { organization_id: ID(90), project_id: ID(91) }
const PLACE = { region: 'fr-par', zone: 'fr-par-1' }
const SECRET = '7e1c5d5c-96a5-4b4b-8f0c-0c3f5a3e2b11'
const CHECK = {
  port: 8080,
  check_delay: '60s',
  check_timeout: '30s',
  check_max_retries: 5,
  check_send_proxy: false,
  transient_check_delay: '0.500s',
  http_config: { uri: '/health', method: 'GET', code: 200, host_header: '' },
}

const LB = {
  id: ID(1),
  name: 'shop',
  description: 'the first customer',
  ...PLACE,
  ...OWNER,
  type: 'lb-s',
  tags: ['prod', 'été'],
  ssl_compatibility_level: 'ssl_compatibility_level_intermediate',
  master: 'a',
  generation: 3,
  changed_at: LATER,
  created_at: AT,
  updated_at: AT,
}
const IP = {
  ip_address: '127.51.0.9',
  address_number: 0x7f330009,
  ...PLACE,
  ...OWNER,
  reverse: 'shop.example.com',
  tags: [],
  created_at: AT,
  updated_at: AT,
}
const BACKEND = {
  id: ID(10),
  lb_id: ID(1),
  name: 'web',
  forward_protocol: 'http',
  forward_port: 8080,
  forward_port_algorithm: 'leastconn',
  sticky_sessions: 'cookie',
  sticky_sessions_cookie_name: 'sid',
  health_check: CHECK,
  servers: ['10.0.0.1', '2001:db8::7'],
  send_proxy_v2: false,
  proxy_protocol: 'proxy_protocol_none',
  timeout_server: 300_000,
  timeout_connect: null,
  timeout_tunnel: null,
  timeout_queue: '5s',
  on_marked_down_action: 'shutdown_sessions',
  failover_host: null,
  ssl_bridging: false,
  ignore_ssl_server_verify: null,
  redispatch_attempt_count: 0,
  max_retries: 3,
  max_connections: 200,
  created_at: AT,
  updated_at: LATER,
}
const FRONTEND = {
  id: ID(20),
  lb_id: ID(1),
  backend_id: ID(10),
  name: 'public',
  inbound_port: 80,
  timeout_client: 60_000,
  connection_rate_limit: null,
  enable_access_logs: true,
  enable_http3: false,
  created_at: AT,
  updated_at: AT,
}

/** A line of the history: what load balancer 1 has been through. */
const line = (
  generation: number | null,
  verb: string,
  type: string,
  id: string,
  after: object,
) => ({
  lb_id: generation === null ? null : ID(1),
  generation,
  at: AT,
  actor_kind: 'account',
  actor_id: 'u1',
  actor_name: 'ada@example.com',
  verb,
  resource_type: type,
  resource_id: id,
  before: null,
  after,
})

const ROWS: [table: string, rows: object[]][] = [
  ['lbs', [LB]],
  ['instances', [{ id: ID(2), lb_id: ID(1), cluster: 'a', created_at: AT }]],
  ['instances', [{ id: ID(3), lb_id: ID(1), cluster: 'b', created_at: AT }]],
  ['ips', [{ ...IP, id: ID(30), lb_id: ID(1) }]],
  [
    'ips',
    [{ ...IP, id: ID(31), lb_id: null, ip_address: '127.51.0.1', address_number: 0x7f330001 }],
  ],
  ['backends', [BACKEND]],
  ['frontends', [FRONTEND]],
  [
    'changes',
    [
      line(1, 'create', 'lb', ID(1), LB),
      line(2, 'create', 'backend', ID(10), BACKEND),
      line(3, 'create', 'frontend', ID(20), FRONTEND),
      line(null, 'create', 'ip', ID(31), IP),
    ],
  ],
  [
    'api_tokens',
    [
      {
        access_key: 'SCWOLD00000000000001',
        secret_hash: createHash('sha256').update(SECRET).digest('base64url'),
        created_at: AT,
      },
    ],
  ],
  [
    'settings',
    [
      { key: 'organization_id', value: OWNER.organization_id },
      { key: 'project_id', value: OWNER.project_id },
      { key: 'auth_secret', value: 'a secret of the first version' },
    ],
  ],
  ['users', [{ id: 'u1', name: 'Ada', email: 'ada@example.com', emailVerified: 0, updatedAt: AT }]],
]

describe('a database of an earlier version', () => {
  let directory: string
  let file: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fairlead-migrations-'))
    file = join(directory, 'fairlead.db')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  /** Makes it as the first version did, fills it, and brings it to another version. */
  async function make(version: string): Promise<void> {
    // biome-ignore lint/suspicious/noExplicitAny: its tables are those of then.
    const db = new Kysely<any>({ dialect: openSqlite(file).kysely })
    const provider = { getMigrations: async () => MIGRATIONS }
    const migrator = new Migrator({ db, provider })
    await migrator.migrateTo('0001-start')
    for (const [table, rows] of ROWS) {
      for (const row of rows) await db.insertInto(table).values(row).execute()
    }
    expect((await migrator.migrateTo(version)).error).toBeUndefined()
    await db.destroy()
  }

  test.each(Object.keys(MIGRATIONS))(
    '%s is brought up to date and loses nothing',
    async (version) => {
      await make(version)
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

      // Nodes get it, under a name that the history knows, and it goes on from its generation.
      using node = await follow(controlPlane, 'fr-par-a')
      const [message] = await node.untilSynced()
      const sticky = { type: 'cookie', name: 'sid', nocache: true }
      expect(message).toMatchObject({
        config: { backends: [{ sticky, host: null, failover_host: null }] },
      })
      // What the history has of that time is what there is now.
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

  test('lines of the audit get the kind with which they are kept', async () => {
    await make('0014-sequence')
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
    await make('0020-audit-kinds')
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

  test('names are found folded, and are folded anew with another version of Unicode', async () => {
    await make('0001-start')
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

  test('one of a later version is refused in words, and left as it is', async () => {
    await make('0001-start')
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
