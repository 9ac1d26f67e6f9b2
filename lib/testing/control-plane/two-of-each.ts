import { backendInput, type RunningControlPlane } from './running-control-plane.ts'

export const UNKNOWN = '00000000-0000-4000-8000-000000000000'
export const MINE = {
  organization_id: UNKNOWN.replace(/0$/, '1'),
  project_id: UNKNOWN.replace(/0$/, '2'),
}
export const OTHER = {
  organization_id: UNKNOWN.replace(/0$/, '3'),
  project_id: UNKNOWN.replace(/0$/, '4'),
}

/** A list with two objects: its path, the key of its objects in the response, and what identifies each. */
export type List = { path: string; key: string; ids: [first: string, second: string] }

/** Creates two objects for every list of the API. @returns the lists by path template, and the first one's address */
export async function createTwoOfEach(
  controlPlane: RunningControlPlane,
): Promise<{ lists: Record<string, List>; address: string }> {
  const lists: Record<string, List> = {}
  const base = '/lb/v1/zones/fr-par-1'
  const post = async (path: string, body: object) => {
    const answered = await controlPlane.call('POST', base + path, body)
    if (answered.status >= 300) throw new Error(`${path}: ${JSON.stringify(answered.body)}`)
    return answered.body
  }
  const two = async (template: string, path: string, key: string, bodies: object[], id = 'id') => {
    const made = []
    for (const body of bodies) made.push(await post(path, body))
    const [first, second] = made.map((one) => one[id])
    lists[template] = { path, key, ids: [first, second] }
    return made
  }
  const named = (more: object = {}) => [
    { name: 'alpha', ...more },
    { name: 'beta', ...more },
  ]
  const [lb] = await two('/lbs', '/lbs', 'lbs', [
    { name: 'alpha', description: '', tags: ['a', 'both'], ...MINE },
    { name: 'beta', description: '', tags: ['b', 'both'], ...OTHER },
  ])
  const ips = (await controlPlane.call('GET', `${base}/ips`)).body.ips
  lists['/ips'] = { path: '/ips', key: 'ips', ids: [ips[0].id, ips[1].id] }
  for (const [at, tags] of [
    ['a', 'both'],
    ['b', 'both'],
  ].entries()) {
    await controlPlane.call('PATCH', `${base}/ips/${ips[at].id}`, { tags })
  }
  const backends = await two(
    '/lbs/{id}/backends',
    `/lbs/${lb.id}/backends`,
    'backends',
    named(backendInput({ name: undefined, server_ip: ['127.0.2.1'] })).map((one, at) => ({
      ...one,
      name: ['alpha', 'beta'][at],
    })),
  )
  const [backend] = backends
  for (const path of ['stats', 'backend-stats']) {
    const ids: [string, string] = [backends[0].id, backends[1].id]
    const list = { path: `/lbs/${lb.id}/${path}`, key: 'backend_servers_stats', ids }
    lists[`/lbs/{id}/${path}`] = list
  }
  const frontends = await two(
    '/lbs/{id}/frontends',
    `/lbs/${lb.id}/frontends`,
    'frontends',
    named().map((one, at) => ({ ...one, inbound_port: 80 + at, backend_id: backend.id })),
  )
  await two(
    '/routes',
    '/routes',
    'routes',
    frontends.map(({ id }) => ({
      frontend_id: id,
      backend_id: backend.id,
      match: { path_begin: '/a', match_subdomains: false },
    })),
  )
  const acl = { action: { type: 'deny' }, match: { ip_subnet: ['10.0.0.0/8'], invert: false } }
  await two(
    '/frontends/{id}/acls',
    `/frontends/${frontends[0].id}/acls`,
    'acls',
    named(acl).map((one, index) => ({ ...one, index })),
  )
  const letsencrypt = { common_name: 'a.example', subject_alternative_name: [] }
  const certificates = `/lbs/${lb.id}/certificates`
  await two('/lbs/{id}/certificates', certificates, 'certificates', named({ letsencrypt }))
  const webhook_config = { uri: 'https://hooks.example/' }
  await two('/subscribers', '/subscribers', 'subscribers', [
    { name: 'alpha', webhook_config, ...MINE },
    { name: 'beta', webhook_config, ...OTHER },
  ])
  const networks = [MINE.project_id, OTHER.project_id] as [string, string]
  for (const private_network_id of networks) {
    await post(`/lbs/${lb.id}/attach-private-network`, { private_network_id })
  }
  lists['/lbs/{id}/private-networks'] = {
    path: `/lbs/${lb.id}/private-networks`,
    key: 'private_network',
    ids: networks,
  }
  lists['/lb-types'] = { path: '/lb-types', key: 'lb_types', ids: ['LB-S', 'LB-GP-M'] }
  return { lists, address: ips[0].ip_address }
}
