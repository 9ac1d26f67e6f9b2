import { backendInput } from './running-control-plane.ts'

const PARIS = '/lb/v1/regions/fr-par'
const OWN = '/fairlead/v1/lbs'

/** Calls the API. `ok` returns the body, and throws an error on a failure. */
export type Caller = {
  call: (method: string, path: string, body?: unknown) => Promise<{ status: number }>
  // biome-ignore lint/suspicious/noExplicitAny: responses of every shape.
  ok: (method: string, path: string, body?: unknown) => Promise<any>
}

type Row = { id: string; name: string; updated_at?: string }

type Change = (api: Caller, lbId: string, pick: number, serial: number) => Promise<unknown>

/** Everything of a load balancer that can be restored, without the times of the last change. */
export async function snapshot({ ok }: Caller, lbId: string) {
  const plain = ({ updated_at: _, ...row }: Row) => row
  const list = async (path: string, key: string): Promise<Row[]> =>
    (await ok('GET', `${PARIS}${path}?page_size=100`))[key]
  const lb = await ok('GET', `${PARIS}/lbs/${lbId}`)
  const frontends = await list(`/lbs/${lbId}/frontends`, 'frontends')
  const acls = await Promise.all(frontends.map(({ id }) => list(`/frontends/${id}/acls`, 'acls')))
  const routes = (await list('/routes', 'routes')) as (Row & { frontend_id: string })[]
  const own = new Set(frontends.map(({ id }) => id))
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
  const trimmed = ({ lb: _lb, backend, frontend, ...row }: any) => ({
    ...plain(row),
    ...(backend && { backend_id: backend.id }),
    ...(frontend && { frontend_id: frontend.id }),
  })
  return {
    lb: [lb.name, lb.description, lb.type, lb.tags, lb.ssl_compatibility_level],
    backends: (await list(`/lbs/${lbId}/backends`, 'backends')).map(trimmed),
    frontends: frontends.map(trimmed),
    routes: routes.filter(({ frontend_id }) => own.has(frontend_id)).map(plain),
    acls: acls.flat().map(trimmed),
  }
}

export const backend = (name: string, changes = {}) =>
  backendInput({ name, server_ip: ['10.0.0.1'], ...changes })
const acl = (name: string, index: number) => ({
  name,
  index,
  action: { type: 'deny' },
  match: { ip_subnet: ['10.0.0.0/8'], http_filter: 'acl_http_filter_none', http_filter_value: [] },
})

/** Every kind of change of a load balancer. `pick` chooses the object, `serial` makes names and ports unique. */
export const CHANGES: Change[] = [
  (api, id, _pick, serial) => api.ok('POST', `${PARIS}/lbs/${id}/backends`, backend(`b${serial}`)),
  async (api, id, pick, serial) => {
    const one = await oneOf(api, id, 'backends', pick)
    if (one)
      await api.ok('POST', `${PARIS}/backends/${one.id}/servers`, {
        server_ip: [`10.0.1.${serial}`],
      })
  },
  async (api, id, pick, serial) => {
    const one = await oneOf(api, id, 'backends', pick)
    const { forward_protocol, ...input } = backend(`renamed ${serial}`, {
      forward_port: serial + 1,
    })
    if (one)
      await api.ok('PUT', `${PARIS}/backends/${one.id}`, { ...one, ...input, forward_protocol })
  },
  async (api, id, pick) => {
    const one = await oneOf(api, id, 'backends', pick)
    // In use it stays: 412.
    if (one) await api.call('DELETE', `${PARIS}/backends/${one.id}`)
  },
  async (api, id, pick, serial) => {
    const one = await oneOf(api, id, 'backends', pick)
    const input = { name: `f${serial}`, inbound_port: 1000 + serial, backend_id: one?.id }
    if (one) await api.ok('POST', `${PARIS}/lbs/${id}/frontends`, input)
  },
  async (api, id) => {
    const [one, other] = await all(api, id, 'frontends')
    const patch = (row: Row & { inbound_port: number }, inbound_port: number) => ({
      id: row.id,
      inbound_port,
    })
    if (!one || !other) return
    const frontends = [patch(one, other.inbound_port), patch(other, one.inbound_port)]
    await api.ok('PATCH', `${OWN}/${id}/rules`, { frontends })
  },
  async (api, id, pick) => {
    const one = await oneOf(api, id, 'frontends', pick)
    if (one) await api.ok('DELETE', `${PARIS}/frontends/${one.id}`)
  },
  async (api, id, pick, serial) => {
    const [frontend, target] = [
      await oneOf(api, id, 'frontends', pick),
      await oneOf(api, id, 'backends', serial),
    ]
    const match = { host_header: `h${serial}.example.com` }
    if (!frontend || !target) return
    await api.ok('POST', `${PARIS}/routes`, {
      frontend_id: frontend.id,
      backend_id: target.id,
      match,
    })
  },
  async (api, id, pick, serial) => {
    const frontend = await oneOf(api, id, 'frontends', pick)
    if (!frontend) return
    await api.ok('POST', `${PARIS}/frontends/${frontend.id}/acls`, acl(`a${serial}`, serial))
  },
  async (api, id, pick, serial) => {
    const frontend = await oneOf(api, id, 'frontends', pick)
    if (!frontend) return
    const acls = [acl('first', 1), acl(`second ${serial}`, 2)]
    await api.ok('PUT', `${PARIS}/frontends/${frontend.id}/acls`, { acls })
  },
  (api, id, _pick, serial) =>
    api.ok('PUT', `${PARIS}/lbs/${id}`, {
      name: `lb ${serial}`,
      description: 'd',
      tags: [`${serial}`],
    }),
  (api, id, pick) =>
    api.ok('POST', `${PARIS}/lbs/${id}/migrate`, { type: pick % 2 === 0 ? 'lb-gp-m' : 'lb-s' }),
]

const all = async (api: Caller, lbId: string, kind: 'backends' | 'frontends') =>
  (await api.ok('GET', `${PARIS}/lbs/${lbId}/${kind}?page_size=100`))[kind]
const oneOf = async (api: Caller, lbId: string, kind: 'backends' | 'frontends', pick: number) => {
  const rows = await all(api, lbId, kind)
  return rows.length === 0 ? null : rows[pick % rows.length]
}
