import { createHash } from 'node:crypto'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { openSqlite } from '#lib/control-plane/store/dialect/sqlite/sqlite-dialect.ts'
import { MIGRATIONS } from '#lib/control-plane/store/schema-version.ts'

export const AT = '2025-11-02T08:00:00.000000Z'
export const LATER = '2025-11-03T09:30:00.000000Z'
export const ID = (last: number) => `0d2bbb78-0687-4cca-93f4-${String(last).padStart(12, '0')}`
export const OWNER = { organization_id: ID(90), project_id: ID(91) }
const LOCALITY = { region: 'fr-par', zone: 'fr-par-1' }
export const SECRET = '7e1c5d5c-96a5-4b4b-8f0c-0c3f5a3e2b11'
const CHECK = {
  port: 8080,
  check_delay: '60s',
  check_timeout: '30s',
  check_max_retries: 5,
  check_send_proxy: false,
  transient_check_delay: '0.500s',
  http_config: { uri: '/health', method: 'GET', code: 200, host_header: '' },
}

export const LB = {
  id: ID(1),
  name: 'shop',
  description: 'the first customer',
  ...LOCALITY,
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
  ...LOCALITY,
  ...OWNER,
  reverse: 'shop.example.com',
  tags: [],
  created_at: AT,
  updated_at: AT,
}
export const BACKEND = {
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
export const FRONTEND = {
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

/** A change of load balancer 1, or of something outside of load balancers. */
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

/** In the columns of the first version. */
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

/** Creates a database as the first version did, fills it, and migrates it to `version`. @throws Error if that fails */
export async function createOldDatabase(file: string, version: string): Promise<void> {
  // biome-ignore lint/suspicious/noExplicitAny: its tables have the columns of the first version.
  const db = new Kysely<any>({ dialect: openSqlite(file).kysely })
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } })
  await migrator.migrateTo('0001-start')
  for (const [table, rows] of ROWS) {
    for (const row of rows) await db.insertInto(table).values(row).execute()
  }
  const { error } = await migrator.migrateTo(version)
  await db.destroy()
  if (error) throw error
}
