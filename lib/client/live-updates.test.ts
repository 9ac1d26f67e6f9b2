import { expect, test } from 'vitest'
import { lbIdOfPath } from './console-path.ts'
import { backoff } from './live-updates.ts'

test('reconnects with exponential backoff and jitter, at most every ten seconds', () => {
  const earliest = [0, 1, 2, 5, 50].map((attempt) => backoff(attempt, () => 0))
  const latest = [0, 1, 2, 5, 50].map((attempt) => backoff(attempt, () => 1))
  expect(earliest).toEqual([250, 500, 1000, 5000, 5000])
  expect(latest).toEqual([500, 1000, 2000, 10_000, 10_000])
})

test('a load balancer is watched on its own pages', () => {
  const id = '11111111-2222-4333-8444-555555555555'
  expect(lbIdOfPath(`/network/load-balancers/${id}`)).toBe(id)
  expect(lbIdOfPath(`/network/load-balancers/${id}/frontends/new`)).toBe(id)
  expect(lbIdOfPath('/network/load-balancers/create')).toBe(null)
  expect(lbIdOfPath('/network/load-balancers')).toBe(null)
})
