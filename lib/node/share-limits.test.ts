import { expect, test } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { testBackend, testConfig, testFrontend } from '#lib/testing/runtime/running-lb.ts'
import { shareLimits } from './share-limits.ts'

function configWith(limit: number | null): DesiredConfig {
  const backend = testBackend(80, { max_connections: limit })
  return testConfig([{ ...testFrontend(80, backend), connection_rate_limit: limit }], [backend])
}

function shares(limit: number | null, workers: number) {
  return Array.from({ length: workers }, (_, index) => {
    const config = shareLimits(configWith(limit), { worker: index + 1, workers })
    const own = config.backends[0]?.max_connections
    expect(config.frontends[0]?.connection_rate_limit).toBe(own)
    return own
  })
}

test.each([
  [100, 1, [100]],
  [100, 2, [50, 50]],
  [10, 4, [3, 3, 2, 2]],
  [2, 3, [1, 1, 1]],
  [null, 2, [null, null]],
])('a limit of %s over %i workers', (limit, workers, expected) => {
  expect(shares(limit, workers)).toEqual(expected)
})

test('everything else is as it was', () => {
  const config = configWith(null)
  expect(shareLimits(config, { worker: 2, workers: 2 })).toEqual(config)
})
