import { afterAll, beforeAll, expect, test } from 'vitest'
import { REGIONS, SCALEWAY_ZONES } from '#lib/core/regions.ts'
import { callsAt } from '#lib/testing/control-plane/every-call.ts'
import {
  bodyOf,
  contentOf,
  filled,
  furnish,
  type Ids,
} from '#lib/testing/control-plane/furnished.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'

const { key, certificate } = makeCertificate()
const PEM = key + certificate

// What is in fr-par-1 is reached by its region and by its zone, and by no other.

let controlPlane: RunningControlPlane
let ids: Ids

beforeAll(async () => {
  controlPlane = await runControlPlane()
  ids = await furnish(controlPlane, PEM)
})
afterAll(() => controlPlane.stop())

test.each([
  'regions/nl-ams',
  'zones/nl-ams-1',
  'zones/fr-par-2',
  'regions/pl-waw',
  'zones/pl-waw-2',
  'zones/it-mil-1',
])(
  'every call that names something, asked at %s, finds nothing and changes nothing',
  async (locality) => {
    const calls = callsAt(locality).filter(({ template }) => template.includes('{'))
    expect(calls.length).toBeGreaterThan(40)
    const before = await contentOf(controlPlane)
    const found: string[] = []
    for (const call of calls) {
      const method = call.method.toUpperCase()
      const body = method === 'GET' ? undefined : bodyOf(call.template, ids)
      const { status } = await controlPlane.call(method, filled(call, ids), body)
      if (status !== 404) found.push(`${method} ${call.template}: ${status}`)
    }
    expect(found).toEqual([])
    expect(await contentOf(controlPlane)).toBe(before)
  },
)

test.each([
  ['/routes', {}],
  ['/lbs', { name: 'x', ip_id: '' }],
])('nothing is created in another locality for what is here: %s', async (template, own) => {
  const before = await contentOf(controlPlane)
  const body = 'ip_id' in own ? { ...own, ip_id: ids.ips } : bodyOf(template, ids)
  const { status } = await controlPlane.call('POST', `/lb/v1/regions/nl-ams${template}`, body)
  expect([400, 404]).toContain(status)
  expect(await contentOf(controlPlane)).toBe(before)
})

test('the same calls find it in the right locality', async () => {
  const reads = callsAt('zones/fr-par-1').filter(({ method }) => method === 'get')
  for (const read of reads) {
    const { status } = await controlPlane.call('GET', filled(read, ids))
    expect([read.template, status]).toEqual([read.template, 200])
  }
})

/** Where Scaleway has load balancers or other products, and this product has no nodes. */
const UNSERVED = Object.entries(SCALEWAY_ZONES).flatMap(([region, zones]) =>
  REGIONS.some((served) => served === region)
    ? []
    : [`regions/${region}`, ...zones.map((zone) => `zones/${zone}`)],
)

test.each(UNSERVED)(
  'at %s lists are empty, and creating is refused with the localities that exist',
  async (locality) => {
    const calls = callsAt(locality).filter(({ template }) => !template.includes('{'))
    const lists = calls.filter(({ method }) => method === 'get')
    expect(lists.map(({ template }) => template)).toEqual(
      expect.arrayContaining(['/lbs', '/ips', '/routes', '/subscribers', '/lb-types']),
    )
    for (const { path, template } of lists) {
      const { status, body } = await controlPlane.call('GET', path)
      const [items] = Object.values(body).filter(Array.isArray)
      expect([template, status, items, body.total_count]).toEqual([template, 200, [], 0])
    }
    const before = await contentOf(controlPlane)
    const creates = calls.filter(({ method }) => method === 'post')
    expect(creates.length).toBeGreaterThan(3)
    const [kind = '', name = ''] = locality.split('/')
    for (const { path, template } of creates) {
      for (const input of [bodyOf(template, ids), {}]) {
        const { status, body } = await controlPlane.call('POST', path, input)
        const [{ argument_name: field, help_message: help }] = body.details
        expect([template, status, `${field}s`]).toEqual([template, 400, kind])
        expect(help).toContain(name)
        expect(help).toContain(kind === 'zones' ? 'fr-par-1, fr-par-2' : 'fr-par or nl-ams')
      }
    }
    expect(await contentOf(controlPlane)).toBe(before)
  },
)

test('an unknown locality is refused with a list of all', async () => {
  const zone = await controlPlane.call('GET', '/lb/v1/zones/pl-waw-9/lbs')
  expect([zone.status, zone.body.details[0].help_message]).toEqual([
    400,
    expect.stringContaining('pl-waw-3, it-mil-1'),
  ])
  expect((await controlPlane.call('GET', '/lb/v1/regions/de-fra/lbs')).status).toBe(400)
})
