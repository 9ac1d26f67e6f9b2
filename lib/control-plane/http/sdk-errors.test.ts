import { createClient } from '@scaleway/sdk-client'
import { Lbv1 } from '@scaleway/sdk-lb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { furnish, type Ids } from '#lib/testing/control-plane/furnished.ts'
import {
  type RunningControlPlane,
  runControlPlane,
  SECRET_KEY,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'

// What the SDKs have words for. The Go SDK, of which the command line and Terraform are made, prints a blank for any other.
const PRECONDITIONS = ['unknown_precondition', 'resource_still_in_use', 'attribute_must_be_set']
const METHODS = ['unknown_method', 'jwt', 'api_key']
const REASONS = ['unknown_reason', 'invalid_argument', 'not_found', 'expired']

const { key, certificate } = makeCertificate()
let controlPlane: RunningControlPlane
let ids: Ids

beforeAll(async () => {
  controlPlane = await runControlPlane()
  ids = await furnish(controlPlane, key + certificate)
})
afterAll(() => controlPlane.stop())

test('the SDKs know every precondition of the calls that they make', async () => {
  const subscribe = { subscriber_id: ids.subscriber }
  const base = '/lb/v1/zones/fr-par-1'
  const { ip } = (await controlPlane.call('GET', `${base}/lbs/${ids.lbs}`)).body
  const unsubscribed = ['DELETE', `/lb/${ids.lbs}/unsubscribe`] as const
  const refused: [string, string, object?][] = [
    [...unsubscribed],
    ['DELETE', `/backends/${ids.backends}`],
    ['DELETE', `/ips/${ip[0].id}`],
    ['POST', '/subscribers', { name: 'mail', email_config: { email: 'a@example.com' } }],
    [
      'PUT',
      `/subscribers/${ids.subscriber}`,
      { name: 'mail', email_config: { email: 'a@example.com' } },
    ],
    ['DELETE', `/lb/subscription/${ids.subscriber}`],
  ]
  for (const [method, path, body] of refused) {
    if (method === 'DELETE' && path.includes('subscription')) {
      await controlPlane.call('POST', `${base}/lb/${ids.lbs}/subscribe`, subscribe)
    }
    const answered = await controlPlane.call(method, base + path, body)
    expect([path, answered.status, answered.body.type]).toEqual([path, 412, 'precondition_failed'])
    expect(PRECONDITIONS).toContain(answered.body.precondition)
    expect(answered.body.help_message).toMatch(/\w{3}.*\.$/)
  }
})

test('the SDKs recognize the error for a missing, malformed, unknown or expired secret key', async () => {
  const made = await controlPlane.call('POST', '/fairlead/v1/tokens', {
    name: 'short',
    expires_at: new Date(Date.now() + 86_400_000).toISOString(),
  })
  const cases: Record<string, string>[] = [
    {},
    { 'X-Auth-Token': '' },
    { 'X-Auth-Token': 'x' },
    { 'X-Auth-Token': SECRET_KEY.replaceAll('1', '9') },
  ]
  expect(made.status).toBe(200)
  for (const headers of cases) {
    const { status, body } = await controlPlane.call(
      'GET',
      '/lb/v1/zones/fr-par-1/lbs',
      undefined,
      headers,
    )
    expect([status, body.type, body.method]).toEqual([401, 'denied_authentication', 'api_key'])
    expect([METHODS.includes(body.method), REASONS.includes(body.reason)]).toEqual([true, true])
  }
  const client = createClient({
    apiURL: controlPlane.url,
    accessKey: 'SCWTESTTESTTESTTEST1',
    secretKey: SECRET_KEY.replaceAll('1', '9'),
    defaultZone: 'fr-par-1',
  })
  await expect(new Lbv1.ZonedAPI(client).listLbs()).rejects.toThrow('api_key does not exist')
})

test('every type has its bandwidth in bits per second, and allows servers anywhere', async () => {
  const { body } = await controlPlane.call('GET', '/lb/v1/zones/fr-par-1/lb-types')
  const types = body.lb_types.map(({ name, bandwidth, multicloud }: Record<string, unknown>) => [
    name,
    bandwidth,
    multicloud,
  ])
  expect(types).toEqual([
    ['LB-S', 200_000_000, true],
    ['LB-GP-M', 500_000_000, true],
    ['LB-GP-L', 1_000_000_000, true],
    ['LB-GP-XL', 4_000_000_000, true],
  ])
})
