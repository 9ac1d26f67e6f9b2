import { afterAll, beforeAll, expect, test } from 'vitest'
import { callsAt, ownCalls } from '#lib/testing/control-plane/every-call.ts'
import { contentOf, filled, furnish, type Ids } from '#lib/testing/control-plane/furnished.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'

const { key, certificate } = makeCertificate()
const PEM = key + certificate

const ADA = { email: 'ada@example.com', password: 'correct horse battery' }

let controlPlane: RunningControlPlane
let ids: Ids
let session: Record<string, string>

beforeAll(async () => {
  controlPlane = await runControlPlane({ admin: ADA })
  ids = await furnish(controlPlane, PEM)
  const { body } = await controlPlane.call('POST', '/fairlead/v1/session', ADA, {})
  session = { Authorization: `Bearer ${body.token}` }
})
afterAll(() => controlPlane.stop())

const OTHERS = [
  '/healthz',
  '/fairlead/v1/setup',
  '/fairlead/v1/session',
  '/fairlead/v1/openapi.json',
  '/fairlead/v1/audit/export',
  '/fairlead/v1/metrics',
  '/iam/v1alpha1/api-keys/SCWTESTTESTTESTTEST1',
  '/account/v3/projects',
]

test.each(['GET', 'HEAD'])('%s changes nothing in any call', async (method) => {
  const places = ['regions/fr-par', 'zones/fr-par-1']
  const reads = [...places.flatMap(callsAt), ...ownCalls()].filter((one) => one.method === 'get')
  const paths = [...reads.map((read) => filled(read, ids)), ...OTHERS]
  const before = await contentOf(controlPlane)
  const answers = await Promise.all(
    paths.map(async (path) => {
      const query = path.endsWith('/search') ? '?q=shop' : ''
      const response = await fetch(controlPlane.url + path + query, { method, headers: session })
      await response.arrayBuffer()
      return `${response.status} ${path}`
    }),
  )
  // All calls have responses, so their effects would be stored.
  expect(answers.filter((answer) => !answer.startsWith('200'))).toEqual([])
  expect(answers.length).toBeGreaterThan(50)
  expect(await contentOf(controlPlane)).toBe(before)
})
