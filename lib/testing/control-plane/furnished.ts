import { sql } from 'kysely'
import type { ApiCall } from './every-call.ts'
import { backendInput, type RunningControlPlane } from './running-control-plane.ts'

const NETWORK = '0b3a3c52-5b5c-4d6c-8a51-3b0f0e8f7a10'
const REGION = '/lb/v1/regions/fr-par'

/** IDs by the path segment before them: "lbs", "backends". */
export type Ids = Record<string, string>

type Row = Record<string, unknown>

/** Creates one of every object in fr-par. @param pem a certificate with its key */
export async function furnish({ call }: RunningControlPlane, pem: string): Promise<Ids> {
  const post = async (path: string, body: object) => {
    const answer = await call('POST', path, body)
    if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const lb = await post(`${REGION}/lbs`, {
    name: 'shop',
    backends: [backendInput()],
    frontends: [{ name: 'public', inbound_port: 80, backend: 'web' }],
  })
  const ip = await post(`${REGION}/ips`, {})
  const { frontends } = (await call('GET', `${REGION}/lbs/${lb.id}/frontends`)).body
  const [{ id: frontend, backend }] = frontends
  const ids: Ids = {
    ...{ lbs: lb.id, lb: lb.id, ips: ip.id, frontends: frontend, backends: backend.id },
    ...{ network: NETWORK, regions: 'fr-par', nodes: 'fr-par-a', delivery_id: '1' },
  }
  const subscriber = await post(`${REGION}/subscribers`, bodyOf('/subscribers', ids))
  Object.assign(ids, { subscribers: subscriber.id, subscriber: subscriber.id })
  ids.subscription = subscriber.id
  ids.routes = (await post(`${REGION}/routes`, bodyOf('/routes', ids))).id
  const acls = `/frontends/${frontend}/acls`
  ids.acls = (await post(REGION + acls, bodyOf('/frontends/{id}/acls', ids))).id
  const certificates = `/lbs/${lb.id}/certificates`
  const imported = { name: 'own', custom_certificate: { certificate_chain: pem } }
  ids.certificates = (await post(REGION + certificates, imported)).id
  await post(`${REGION}/lbs/${lb.id}/attach-private-network`, { private_network_id: NETWORK })
  ids.tokens = (await post('/fairlead/v1/tokens', { name: 'another' })).access_key
  const { changes } = (await call('GET', `/fairlead/v1/lbs/${lb.id}/changes`)).body
  ids.change_id = String(changes.at(-1).id)
  return ids
}

/** A call's path with the IDs of existing objects. */
export function filled({ path }: Pick<ApiCall, 'path'>, ids: Ids): string {
  const parts = path.split('/')
  return parts
    .map((part, at) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1]
      if (name === undefined) return part
      return ids[name === 'id' ? (parts[at - 1] ?? '') : name] ?? '0'
    })
    .join('/')
}

const BEGINS = { path_begin: '/api/', match_subdomains: false }
const ACL = {
  name: 'office',
  index: 0,
  action: { type: 'deny' },
  match: {
    ip_subnet: ['10.0.0.0/8'],
    http_filter: 'path_begin',
    http_filter_value: ['/a'],
    invert: false,
  },
}

/** A body that a call accepts for existing objects; {} for calls without a body. */
export function bodyOf(template: string, ids: Ids): Record<string, unknown> {
  const { server_ip, health_check, ...backend } = backendInput()
  const hook = { name: 'hook', webhook_config: { uri: 'https://hooks.example/' } }
  const frontend = { name: 'public', inbound_port: 81, backend_id: ids.backends }
  const network = { private_network_id: ids.network }
  const bodies: Record<string, Record<string, unknown>> = {
    '/lbs': { name: 'another', description: '' },
    '/lbs/{id}': { name: 'renamed', description: '' },
    '/lbs/{id}/migrate': { type: 'lb-gp-m' },
    '/lbs/{id}/backends': backendInput({ name: 'second' }),
    '/backends/{id}': backend,
    '/backends/{id}/servers': { server_ip },
    '/backends/{id}/healthcheck': health_check,
    '/lbs/{id}/frontends': { ...frontend, name: 'second', inbound_port: 82 },
    '/frontends/{id}': frontend,
    '/routes': { frontend_id: ids.frontends, backend_id: ids.backends, match: BEGINS },
    '/routes/{id}': { backend_id: ids.backends, match: { ...BEGINS, path_begin: '/b/' } },
    '/frontends/{id}/acls': { ...ACL, acls: [ACL] },
    '/acls/{id}': ACL,
    '/lbs/{id}/certificates': {
      name: 'asked',
      letsencrypt: { common_name: 'a.example', subject_alternative_name: [] },
    },
    '/certificates/{id}': { name: 'renamed' },
    '/lbs/{id}/attach-private-network': {
      private_network_id: '1c3a3c52-5b5c-4d6c-8a51-3b0f0e8f7a11',
    },
    '/lbs/{id}/detach-private-network': network,
    '/subscribers': hook,
    '/subscribers/{id}': hook,
    '/lb/{id}/subscribe': { subscriber_id: ids.subscribers },
    '/tokens': { name: 'third' },
    '/draft-checks': { region: 'fr-par', ...backendInput() },
    '/accounts': { email: 'bob@example.com', role: 'viewer' },
    '/nodes/tokens': { region: 'fr-par', cluster: 'a', name: 'lb-2' },
    '/lbs/{id}/rules': {},
    '/lbs/{id}/restore': { change_id: Number(ids.change_id) },
  }
  return bodies[template] ?? {}
}

/** What changes without requests or by reads, such as who leads. */
const UNSTABLE_TABLES = new Set([
  ...['audit', 'leadership', 'replicas', 'row_log', 'sqlite_sequence'],
  ...['traffic_recording', 'traffic_known', 'held_locks'],
])

/** The content of the database, without what reads may change, such as the last use of a token. */
export async function contentOf({
  database,
}: Pick<RunningControlPlane, 'database'>): Promise<string> {
  const tables = await database.introspection.getTables()
  const names = tables.map(({ name }) => name).filter((name) => !UNSTABLE_TABLES.has(name))
  const content: string[] = []
  for (const name of names.sort()) {
    const { rows } = await sql<Row>`select * from ${sql.table(name)}`.execute(database)
    const stable = rows.map(({ last_used_at, ...row }) => JSON.stringify(row, null, 1))
    content.push(`${name} ${stable.sort().join('\n')}`)
  }
  return content.join('\n')
}
