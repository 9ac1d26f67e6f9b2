import { expect, test } from 'vitest'
import type { ObservedInstance, ObservedServer } from '#lib/core/observed.ts'
import { serverPairs } from './server-pairs.ts'

const server = (address: string, state: ObservedServer['state']): ObservedServer => ({
  backend_id: 'B',
  address,
  state,
  since: '2026-01-01T10:00:00.000Z',
  reason: 'HTTP 200',
  streak: 1,
  threshold: 3,
  latency_ms: 1,
  checked_at: null,
})

const instance = (...servers: ObservedServer[]): ObservedInstance => ({
  node: 'fr-par-a',
  cluster: 'a',
  role: 'master',
  connected: true,
  active: true,
  active_since: null,
  failover_id: null,
  applied_generation: 1,
  applied_after_ms: null,
  listeners: [],
  servers,
  counters: null,
  rejected: null,
  quarantine: null,
})

test('first come servers on which the nodes differ, then those that are down', () => {
  const pairs = serverPairs([
    instance(server('1', 'up'), server('2', 'down'), server('3', 'up'), server('4', 'up')),
    instance(server('1', 'up'), server('2', 'down'), server('3', 'down')),
  ])
  expect(pairs.map(({ address, differs }) => [address, differs])).toEqual([
    ['3', true],
    ['2', false],
    ['1', false],
    ['4', false],
  ])
  expect(pairs.at(-1)?.views.map((view) => view?.state)).toEqual(['up', undefined])
})

test('a server that a node has not checked yet does not differ', () => {
  const [pair] = serverPairs([instance(server('1', 'up')), instance(server('1', 'unknown'))])
  expect(pair?.differs).toBe(false)
})
