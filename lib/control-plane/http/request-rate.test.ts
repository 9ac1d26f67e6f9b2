import { expect, test } from 'vitest'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { RequestRate } from './request-rate.ts'

test('a caller can send a burst, and then requests at the rate', () => {
  let now = 0
  const rate = new RequestRate({ perSecond: 2, burst: 3 }, () => now)
  expect([rate.take('a'), rate.take('a'), rate.take('a')]).toEqual([0, 0, 0])
  expect(rate.take('a')).toBe(1)
  expect(rate.take('b')).toBe(0)
  now = 500
  expect(rate.take('a')).toBe(0)
  expect(rate.take('a')).toBe(1)
  now = 60_000
  expect([rate.take('a'), rate.take('a'), rate.take('a'), rate.take('a')]).toEqual([0, 0, 0, 1])
})

test('refused requests do not extend the wait', () => {
  let now = 0
  const rate = new RequestRate({ perSecond: 1, burst: 1 }, () => now)
  for (let i = 0; i < 1000; i += 1) rate.take('a')
  now = 1000
  expect(rate.take('a')).toBe(0)
})

test('a bounded number of callers is remembered', () => {
  const rate = new RequestRate({ perSecond: 1, burst: 1 }, () => 0)
  for (let i = 0; i < 30_000; i += 1) rate.take(`${i}`)
  // Still limited, because it was the most recently seen.
  expect(rate.take('29999')).toBe(1)
})

test('a caller beyond the rate gets Retry-After, and others are served', async () => {
  await using controlPlane = await runControlPlane({ requestRate: { perSecond: 1, burst: 5 } })
  const made = await controlPlane.call('POST', '/fairlead/v1/tokens', { name: 'other' })
  const path = '/lb/v1/regions/fr-par/lbs'
  const answers = await Promise.all(Array.from({ length: 8 }, () => controlPlane.call('GET', path)))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThanOrEqual(3)
  expect(refused[0]?.headers.get('retry-after')).toBe('1')
  expect(refused[0]?.body).toMatchObject({ type: 'too_many_requests', reset_seconds: 1 })
  const other = { 'X-Auth-Token': made.body.secret_key }
  expect((await controlPlane.call('GET', path, undefined, other)).status).toBe(200)
  expect((await controlPlane.call('GET', '/healthz')).status).toBe(200)
})

test.each([
  ['GET', '/fairlead/v1/session'],
  ['DELETE', '/fairlead/v1/session'],
  ['POST', '/fairlead/v1/account/password'],
  ['GET', '/fairlead/v1/sessions'],
])('%s %s counts against the rate', async (method, path) => {
  await using controlPlane = await runControlPlane({ requestRate: { perSecond: 1, burst: 5 } })
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => controlPlane.call(method, path)),
  )
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(3)
})
