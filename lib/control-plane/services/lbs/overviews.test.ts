import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

let controlPlane: RunningControlPlane
let address: string

beforeAll(async () => {
  controlPlane = await runControlPlane()
  const create = (region: string, body: object) =>
    controlPlane.call('POST', `/lb/v1/regions/${region}/lbs`, body)
  await create('nl-ams', { name: 'shop', tags: ['production', 'eu'] })
  await create('fr-par', { name: 'api', tags: ['production'] })
  address = (await create('fr-par', { name: 'blog', tags: ['product'] })).body.ip[0].ip_address
})
afterAll(() => controlPlane.stop())

async function names(query: string): Promise<string[]> {
  const { body } = await controlPlane.call('GET', `/fairlead/v1/lbs?${query}`)
  expect(body.total_count).toBe(body.lbs.length)
  return body.lbs.map(({ lb }: { lb: { name: string } }) => lb.name)
}

test.each([
  ['', ['shop', 'api', 'blog']],
  ['order_by=created_at_desc', ['blog', 'api', 'shop']],
  ['order_by=name_asc', ['api', 'blog', 'shop']],
  ['order_by=name_desc', ['shop', 'blog', 'api']],
  ['order_by=region_asc', ['api', 'blog', 'shop']],
  ['order_by=region_desc', ['shop', 'api', 'blog']],
  ['region=fr-par', ['api', 'blog']],
  ['tags=production', ['shop', 'api']],
  ['tags=production&tags=eu', ['shop']],
  ['tags=production&region=fr-par&search=A', ['api']],
  ['search=product', ['shop', 'api', 'blog']],
])('the list with ?%s', async (query, expected) => {
  expect(await names(query)).toEqual(expected)
})

test('a load balancer is found by its address', async () => {
  expect(await names(`search=${address}`)).toEqual(['blog'])
})

test('an unknown order is refused', async () => {
  const { status } = await controlPlane.call('GET', '/fairlead/v1/lbs?order_by=status_asc')
  expect(status).toBe(400)
})
