import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ListIpamIps } from '#lib/core/ipam.ts'
import { ListVpcPrivateNetworks, ListVpcs } from '#lib/core/vpc.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

// What Scaleway's Terraform provider and Kubernetes' cloud controller manager read of IPAM and VPC.

const LB = '/lb/v1/zones/fr-par-1'
const IPS = '/ipam/v1/regions/fr-par/ips'
const VPC = '/vpc/v2/regions/fr-par'
const MINE = { organization_id: randomUUID(), project_id: randomUUID() }

let controlPlane: RunningControlPlane
/** Two load balancers in a network of their own each. */
const lbs: { id: string; network: string; ipam: string; project_id: string }[] = []
let vpc: string

const get = (path: string) => controlPlane.call('GET', path)
const ok = async (method: string, path: string, body?: unknown) => {
  const answer = await controlPlane.call(method, path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

beforeAll(async () => {
  controlPlane = await runControlPlane()
  for (const more of [{ name: 'alpha', ...MINE }, { name: 'beta' }]) {
    const { id, project_id } = await ok('POST', `${LB}/lbs`, more)
    const [network, ipam] = [randomUUID(), randomUUID()]
    const body = { private_network_id: network, ipam_ids: [ipam] }
    await ok('POST', `${LB}/lbs/${id}/attach-private-network`, body)
    lbs.push({ id, network, ipam, project_id })
  }
  vpc = (await ok('GET', `${VPC}/vpcs`)).vpcs[0].id
})
afterAll(() => controlPlane.stop())

test("Terraform's list of a load balancer's addresses has its attachment, without an address", async () => {
  const [{ id, network, ipam } = { id: '', network: '', ipam: '' }] = lbs
  const query = `private_network_id=${network}&resource_id=${id}&resource_type=lb_server`
  const { status, body } = await get(`${IPS}?order_by=created_at_desc&${query}`)
  expect([status, body]).toEqual([
    200,
    {
      ips: [
        {
          id: ipam,
          address: '',
          project_id: MINE.project_id,
          is_ipv6: false,
          created_at: expect.any(String),
          updated_at: expect.any(String),
          source: { private_network_id: network },
          resource: { type: 'lb_server', id, mac_address: null, name: 'alpha' },
          tags: [],
          reverses: [],
          region: 'fr-par',
          zone: null,
        },
      ],
      total_count: 1,
    },
  ])
  expect((await get(`${IPS}/${ipam.toUpperCase()}`)).body).toEqual(body.ips[0])
  const unknown = randomUUID()
  const missing = await get(`${IPS}/${unknown}`)
  expect([missing.status, missing.body]).toEqual([
    404,
    {
      message: 'resource is not found',
      resource: 'ip',
      resource_id: unknown,
      type: 'not_found',
    },
  ])
})

test('a detached network is no longer listed', async () => {
  const { id } = await ok('POST', `${LB}/lbs`, { name: 'gone' })
  const network = { private_network_id: randomUUID() }
  await ok('POST', `${LB}/lbs/${id}/attach-private-network`, network)
  const { private_network: attached } = await ok('GET', `${LB}/lbs/${id}/private-networks`)
  const listed = async () => (await ok('GET', `${IPS}?resource_id=${id}`)).ips
  // Its generated ID is the one that the load balancer API returns.
  expect((await listed()).map((ip: { id: string }) => [ip.id])).toEqual([attached[0].ipam_ids])
  expect((await get(`${VPC}/private-networks/${network.private_network_id}`)).status).toBe(200)
  await ok('POST', `${LB}/lbs/${id}/detach-private-network`, network)
  expect(await listed()).toEqual([])
  expect((await get(`${VPC}/private-networks/${network.private_network_id}`)).status).toBe(404)
  await ok('DELETE', `${LB}/lbs/${id}?release_ip=true`)
})

test('a network has its VPC', async () => {
  const [{ network, project_id } = { network: '', project_id: '' }, other] = lbs
  const { body } = await get(`${VPC}/private-networks/${network}`)
  expect(body).toMatchObject({ id: network, name: '', subnets: [], project_id, vpc_id: vpc })
  const read = (await get(`${VPC}/vpcs/${vpc}`)).body
  expect(read).toMatchObject({ id: vpc, is_default: true, private_network_count: 2 })
  expect((await get(`${VPC}/vpcs/${network}`)).body).toMatchObject({ resource: 'vpc' })

  // A second load balancer in a network makes it no second network, and the first one keeps it where it was.
  const attach = { private_network_id: network, ipam_ids: [randomUUID()] }
  await ok('POST', `${LB}/lbs/${other?.id}/attach-private-network`, attach)
  const list = await ok('GET', `${VPC}/private-networks`)
  expect(list).toMatchObject({
    private_networks: [{ id: network, project_id }, { id: other?.network }],
    total_count: 2,
  })
  await ok('POST', `${LB}/lbs/${other?.id}/detach-private-network`, {
    private_network_id: network,
  })
})

test.each(['nl-ams', 'pl-waw'])('the lists of another region, %s, are empty', async (region) => {
  const [{ ipam, network } = { ipam: '', network: '' }] = lbs
  const ips = await get(`/ipam/v1/regions/${region}/ips`)
  expect([ips.status, ips.body]).toEqual([200, { ips: [], total_count: 0 }])
  expect((await get(`/ipam/v1/regions/${region}/ips/${ipam}`)).status).toBe(404)
  const networks = await get(`/vpc/v2/regions/${region}/private-networks`)
  expect(networks.body).toEqual({ private_networks: [], total_count: 0 })
  expect((await get(`/vpc/v2/regions/${region}/private-networks/${network}`)).status).toBe(404)
  expect((await get(`/vpc/v2/regions/${region}/vpcs/${vpc}`)).status).toBe(404)
  const { vpcs } = (await get(`/vpc/v2/regions/${region}/vpcs`)).body
  expect(vpcs).toHaveLength(region === 'nl-ams' ? 1 : 0)
})

test.each([IPS, `${VPC}/private-networks`, `${VPC}/vpcs`])(
  'nothing is created at %s',
  async (path) => {
    const { status, body } = await controlPlane.call('POST', path, {})
    expect([status, body.message]).toEqual([405, 'This address supports GET only.'])
  },
)

/** A query, and which of the two load balancers' things it lists, in order. */
type Case = [query: () => string, expected: number[]]
const UNKNOWN = randomUUID()
const of = (at: number) => lbs[at] ?? { id: '', network: '', ipam: '', project_id: '' }

const PAGES: Record<string, Case[]> = {
  page: [[() => 'page=2&page_size=1&order_by=created_at_asc', [1]]],
  page_size: [[() => 'page_size=1&order_by=created_at_asc', [0]]],
}
const OWNERS: Record<string, Case[]> = {
  organization_id: [[() => `organization_id=${MINE.organization_id}`, [0]]],
  project_id: [
    [() => `project_id=${MINE.project_id}`, [0]],
    [() => `project_id=${UNKNOWN}`, []],
  ],
}

/** Every parameter, with a value that leaves something out or orders. */
const IPAM: Record<string, Case[]> = {
  ...PAGES,
  ...OWNERS,
  order_by: [
    [() => '', [1, 0]],
    [() => 'order_by=created_at_asc', [0, 1]],
    [() => 'order_by=updated_at_desc', [1, 0]],
    [() => 'order_by=attached_at_asc', [0, 1]],
    [() => 'order_by=ip_address_asc', [0, 1]],
    [() => 'order_by=mac_address_desc', [1, 0]],
  ],
  ip_ids: [[() => `ip_ids=${of(0).ipam}&ip_ids=${UNKNOWN}`, [0]]],
  private_network_id: [[() => `private_network_id=${of(1).network}`, [1]]],
  resource_id: [
    [() => `resource_id=${of(0).id}`, [0]],
    [() => `resource_id=${UNKNOWN}`, []],
  ],
  resource_ids: [
    [() => `resource_ids=${of(1).id}`, [1]],
    [() => `resource_ids=${of(1).id}&resource_ids=${of(0).id}`, [1, 0]],
    [() => `resource_ids=${of(1).id}&resource_id=${of(0).id}`, []],
  ],
  resource_name: [[() => 'resource_name=ALPH', [0]]],
  resource_type: [
    [() => 'resource_type=lb_server', [1, 0]],
    [() => 'resource_type=instance_server', []],
    [() => 'resource_type=unknown_type', [1, 0]],
  ],
  resource_types: [
    [() => 'resource_types=vpc_gateway&resource_types=lb_server', [1, 0]],
    [() => 'resource_types=vpc_gateway', []],
  ],
  attached: [
    [() => 'attached=true', [1, 0]],
    [() => 'attached=False', []],
  ],
  is_ipv6: [
    [() => 'is_ipv6=false', []],
    [() => 'is_ipv6=true', []],
  ],
  vpc_id: [
    [() => `vpc_id=${vpc}`, [1, 0]],
    [() => `vpc_id=${UNKNOWN}`, []],
  ],
  source_vpc_id: [
    [() => `source_vpc_id=${vpc}`, [1, 0]],
    [() => `source_vpc_id=${UNKNOWN}`, []],
  ],
  mac_address: [[() => 'mac_address=02:00:00:13:78:75', []]],
  subnet_id: [[() => `subnet_id=${UNKNOWN}`, []]],
  zonal: [[() => 'zonal=fr-par-1', []]],
  regional: [
    [() => 'regional=true', []],
    [() => 'regional=false', [1, 0]],
  ],
  tags: [[() => 'tags=a', []]],
}
const FLAG = (name: string): Record<string, Case[]> => ({
  [name]: [
    [() => `${name}=true`, []],
    [() => `${name}=false`, [0, 1]],
  ],
})
const NETWORKS: Record<string, Case[]> = {
  ...PAGES,
  ...OWNERS,
  ...FLAG('dhcp_enabled'),
  ...FLAG('s3_integration_enabled'),
  ...FLAG('object_storage_private_access_enabled'),
  order_by: [
    [() => '', [0, 1]],
    [() => 'order_by=created_at_desc', [1, 0]],
  ],
  name: [[() => 'name=a', []]],
  tags: [[() => 'tags=a', []]],
  private_network_ids: [[() => `private_network_ids=${of(1).network}`, [1]]],
  vpc_id: [
    [() => `vpc_id=${vpc}`, [0, 1]],
    [() => `vpc_id=${UNKNOWN}`, []],
  ],
}

describe.each([
  ['IPAM', IPS, 'ips', 'ipam', ListIpamIps, IPAM],
  [
    'networks',
    `${VPC}/private-networks`,
    'private_networks',
    'network',
    ListVpcPrivateNetworks,
    NETWORKS,
  ],
] as const)('the list of %s', (_, path, key, id, schema, cases) => {
  test('has a case for each of its parameters', () => {
    expect(Object.keys(cases).toSorted()).toEqual(Object.keys(schema.shape).toSorted())
  })

  test.each(Object.keys(cases))('is filtered or ordered by %s', async (name) => {
    for (const [query, expected] of cases[name] ?? []) {
      const { status, body } = await get(`${path}?${query()}`)
      const ids = body[key]?.map((one: { id: string }) => one.id)
      expect([query(), status, ids]).toEqual([query(), 200, expected.map((at) => of(at)[id])])
    }
  })

  test('refuses unknown parameters', async () => {
    expect((await get(`${path}?colour=red`)).status).toBe(400)
  })
})

test.each([
  ['page=2', 0],
  ['page_size=1', 1],
  ['order_by=name_desc', 1],
  ['name=DEF', 1],
  ['name=x', 0],
  ['tags=a', 0],
  ['is_default=true', 1],
  ['is_default=false', 0],
  ['routing_enabled=true', 0],
  ['routing_enabled=false', 1],
  ['s3_integration_enabled=true', 0],
  ['object_storage_private_access_enabled=true', 0],
  [`project_id=${MINE.project_id}`, 0],
  [`organization_id=${MINE.organization_id}`, 0],
])('of the VPCs of a region, %s lists %i', async (query, count) => {
  expect((await get(`${VPC}/vpcs?${query}`)).body.vpcs).toHaveLength(count)
  expect(Object.keys(ListVpcs.shape)).toContain(query.split('=')[0])
})
