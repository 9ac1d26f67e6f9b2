import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SearchHit } from '#lib/core/search.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

let controlPlane: RunningControlPlane
let site: { id: string; ip: { ip_address: string }[] }

beforeAll(async () => {
  controlPlane = await runControlPlane()
  const create = async (region: string, body: object) =>
    (await controlPlane.call('POST', `/lb/v1/regions/${region}/lbs`, body)).body
  site = await create('fr-par', {
    name: 'Site',
    tags: ['production', '100%'],
    backends: [backendInput({ name: 'web', server_ip: ['10.0.0.1', '2001:db8::1'] })],
    frontends: [
      { name: 'public', inbound_port: 80, backend: 'web' },
      { name: 'web-internal', inbound_port: 8080, backend: 'web' },
    ],
  })
  await create('nl-ams', {
    name: 'website-amsterdam',
    backends: [backendInput({ forward_protocol: 'tcp', server_ip: ['10.0.0.1', '10.0.0.10'] })],
  })
  for (let number = 1; number <= 9; number++) await create('nl-ams', { name: `many-${number}` })
  await controlPlane.call('POST', '/lb/v1/regions/fr-par/ips', { tags: ['spare'] })
})
afterAll(() => controlPlane.stop())

async function find(q: string): Promise<SearchHit[]> {
  const { body } = await controlPlane.call('GET', `/fairlead/v1/search?q=${encodeURIComponent(q)}`)
  return body.hits
}

const names = (hits: SearchHit[]) =>
  hits.map(({ type, name, lb }) => `${type} ${name}${type === 'lb' ? '' : ` in ${lb?.name}`}`)

describe('search finds', () => {
  test.each([
    ['a load balancer by name, in any case', 'SITE', ['lb Site', 'lb website-amsterdam']],
    ['by tag', 'produc', ['lb Site']],
    ["by characters that are a pattern in SQL's LIKE", '0%', ['lb Site']],
    [
      'rules by name, beginnings first',
      'web',
      [
        'lb website-amsterdam',
        'frontend web-internal in Site',
        'backend web in Site',
        'backend web in website-amsterdam',
      ],
    ],
    [
      'rules by port',
      '8080',
      ['frontend web-internal in Site', 'backend web in Site', 'backend web in website-amsterdam'],
    ],
    [
      'servers by address, exact ones first',
      '10.0.0.1',
      [
        'server 10.0.0.1 in Site',
        'server 10.0.0.1 in website-amsterdam',
        'server 10.0.0.10 in website-amsterdam',
      ],
    ],
    ['servers by IPv6 address', '2001:DB8', ['server 2001:db8::1 in Site']],
    [
      "terms in any order, one of them in the load balancer's name",
      'amsterdam web',
      ['lb website-amsterdam', 'backend web in website-amsterdam'],
    ],
    ['an IP without a load balancer', 'spare', ['ip 127.51.0.2 in undefined']],
    ['nothing for unknown terms', 'no such thing', []],
    ['nothing without terms', '  ', []],
    ['nothing for the JSON syntax of stored lists', '["', []],
  ])('%s', async (_name, q, found) => {
    expect(names(await find(q))).toEqual(found)
  })

  test('by ID, from six characters on', async () => {
    expect(names(await find(site.id))).toEqual(['lb Site'])
    expect(names(await find(site.id.slice(0, 6)))).toEqual(['lb Site'])
  })

  test('an IP by its address, with its load balancer', async () => {
    const address = site.ip[0]?.ip_address ?? ''
    const [hit] = await find(address)
    expect(hit).toMatchObject({ type: 'ip', name: address, lb: { id: site.id, name: 'Site' } })
  })

  test("a rule by its name and its load balancer's", async () => {
    const [hit] = await find('public')
    expect(hit).toMatchObject({
      type: 'frontend',
      name: 'public',
      port: 80,
      protocol: 'http',
      region: 'fr-par',
      backend_name: null,
      lb: { id: site.id, name: 'Site' },
    })
    const [server] = await find('2001:db8::1')
    expect(server).toMatchObject({ port: 8080, backend_name: 'web' })
  })

  test('the best five of a type', async () => {
    expect(names(await find('many'))).toEqual([1, 2, 3, 4, 5].map((number) => `lb many-${number}`))
  })
})

test('a search that is too long is refused', async () => {
  const { status } = await controlPlane.call('GET', `/fairlead/v1/search?q=${'x'.repeat(201)}`)
  expect(status).toBe(400)
})
