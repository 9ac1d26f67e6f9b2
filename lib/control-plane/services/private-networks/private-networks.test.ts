import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const PARIS = '/lb/v1/zones/fr-par-1'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const call = (method: string, path: string, body?: unknown) =>
  controlPlane.call(method, PARIS + path, body)

test('a network is attached, listed and detached', async () => {
  const lb = (await call('POST', '/lbs', { name: 'lb' })).body
  const of = (verb: string) => `/lbs/${lb.id}/${verb}`
  const [first, second, ipam] = [randomUUID(), randomUUID(), randomUUID()]

  const asked = { private_network_id: first, ipam_ids: [ipam] }
  const attached = await call('POST', of('attach-private-network'), asked)
  expect(attached.status).toBe(200)
  expect(attached.body).toMatchObject({
    private_network_id: first,
    ipam_ids: [ipam],
    dhcp_config: { ip_id: ipam },
    status: 'pending',
    lb: { id: lb.id, private_network_count: 1 },
  })
  const unasked = await call('POST', of('attach-private-network'), {
    private_network_id: second,
    ipam_ids: [],
    dhcp_config: {},
  })
  expect(unasked.body).toMatchObject({ ipam_ids: [], dhcp_config: { ip_id: null } })

  const list = await call('GET', `${of('private-networks')}?order_by=created_at_asc`)
  expect(list.body).toMatchObject({
    private_network: [
      { private_network_id: first, status: 'ready' },
      { private_network_id: second, status: 'ready', ipam_ids: [expect.any(String)] },
    ],
    total_count: 2,
  })
  const [, { ipam_ids, dhcp_config }] = list.body.private_network
  expect(dhcp_config).toEqual({ ip_id: ipam_ids[0] })

  const again = await call('POST', of('attach-private-network'), asked)
  expect([again.status, again.body.details[0].argument_name]).toEqual([400, 'private_network_id'])

  const detached = await call('POST', of('detach-private-network'), { private_network_id: first })
  expect(detached.status).toBe(204)
  expect((await call('GET', `/lbs/${lb.id}`)).body.private_network_count).toBe(1)
  const twice = await call('POST', of('detach-private-network'), { private_network_id: first })
  expect(twice.status).toBe(404)
})

test("the regional client's older paths contain the network's ID", async () => {
  const lb = (await call('POST', '/lbs', { name: 'lb' })).body
  const network = randomUUID()
  const path = `/lbs/${lb.id}/private-networks/${network}`
  const attached = await call('POST', `${path}/attach`, { static_config: { ip_address: [] } })
  expect(attached.body).toMatchObject({ private_network_id: network, status: 'pending' })
  expect((await call('POST', `${path}/detach`)).status).toBe(204)
  expect((await call('POST', `/lbs/${lb.id}/private-networks/nonsense/attach`, {})).status).toBe(
    400,
  )
})

test('the response to a migration has the old type, and the load balancer the new one', async () => {
  const lb = (await call('POST', '/lbs', { name: 'lb', type: 'LB-S' })).body
  const migrated = await call('POST', `/lbs/${lb.id}/migrate`, { type: 'LB-GP-M' })
  expect(migrated.body).toMatchObject({ id: lb.id, status: 'migrating', type: 'lb-s' })
  expect((await call('GET', `/lbs/${lb.id}`)).body.type).toBe('lb-gp-m')
  const refused = await call('POST', `/lbs/${lb.id}/migrate`, { type: 'LB-HUGE' })
  expect([refused.status, refused.body.details[0].argument_name]).toEqual([400, 'type'])
  const { body } = await controlPlane.call('GET', `/fairlead/v1/lbs/${lb.id}/changes`)
  expect(body.changes[0]).toMatchObject({ verb: 'migrate', after: { type: 'lb-gp-m' } })
})
