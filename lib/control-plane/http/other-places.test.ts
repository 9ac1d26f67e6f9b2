import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificate } from '#e2e/support/make-certificate.ts'
import { callsAt } from '../testing/every-call.ts'
import { bodyOf, contentOf, filled, furnish, type Ids } from '../testing/furnished.ts'
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts'

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

test.each(['regions/nl-ams', 'zones/nl-ams-1', 'zones/fr-par-2'])(
  'every call that names something, asked at %s, finds nothing and changes nothing',
  async (place) => {
    const calls = callsAt(place).filter(({ template }) => template.includes('{'))
    expect(calls.length).toBeGreaterThan(40)
    const before = contentOf(controlPlane)
    const found: string[] = []
    for (const call of calls) {
      const method = call.method.toUpperCase()
      const body = method === 'GET' ? undefined : bodyOf(call.template, ids)
      const { status } = await controlPlane.call(method, filled(call, ids), body)
      if (status !== 404) found.push(`${method} ${call.template}: ${status}`)
    }
    expect(found).toEqual([])
    expect(contentOf(controlPlane)).toBe(before)
  },
)

test.each([
  ['/routes', {}],
  ['/lbs', { name: 'x', ip_id: '' }],
])('nothing is made at another place of what is here: %s', async (template, own) => {
  const before = contentOf(controlPlane)
  const body = 'ip_id' in own ? { ...own, ip_id: ids.ips } : bodyOf(template, ids)
  const { status } = await controlPlane.call('POST', `/lb/v1/regions/nl-ams${template}`, body)
  expect([400, 404]).toContain(status)
  expect(contentOf(controlPlane)).toBe(before)
})

test('the same calls, asked at the right place, do find it', async () => {
  const reads = callsAt('zones/fr-par-1').filter(({ method }) => method === 'get')
  for (const read of reads) {
    const { status } = await controlPlane.call('GET', filled(read, ids))
    expect([read.template, status]).toEqual([read.template, 200])
  }
})
