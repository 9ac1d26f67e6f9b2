import { expect, onTestFinished, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import type { DesiredAcl, DesiredConfig } from '#lib/protocol/desired-config.ts'
import {
  bindHandle,
  NO_SOCKETS,
  TEST_ADDRESS,
  testBackend,
  testConfig,
  testFrontend,
} from '#lib/testing/runtime/running-lb.ts'
import { httpServer } from '#lib/testing/runtime/sockets.ts'
import { LoadBalancer } from './load-balancer.ts'
import type { Claim } from './sockets/listener-source.ts'

/** An ACL that no schema accepts and that can't be compiled. */
const POISON: DesiredAcl = { id: 'a', name: 'a', match: null as never, action: { type: 'deny' } }

/** Counts faults, so that they don't fail the test. */
function countFaults(): unknown[] {
  const faults: unknown[] = []
  onFault((fault) => faults.push(fault))
  onTestFinished(() => onFault(null))
  return faults
}

function poisoned(config: DesiredConfig): DesiredConfig {
  const [frontend] = config.frontends
  if (!frontend) return config
  const backend = { ...testBackend(1), id: 'new backend' }
  // These parts are prepared before the one that fails.
  const fresh = { ...testFrontend(2, backend), id: 'new frontend' }
  return {
    ...config,
    generation: config.generation + 1,
    frontends: [fresh, { ...frontend, client_timeout: 1, acls: [POISON] }],
    backends: [backend, ...config.backends],
  }
}

async function serving() {
  const { port: server } = await httpServer((_, response) => response.end('served'))
  const { handle, port } = bindHandle(TEST_ADDRESS)
  const backend = testBackend(server)
  const config = testConfig([testFrontend(port, backend)], [backend])
  const lb = new LoadBalancer(config, NO_SOCKETS, () => {})
  lb.listeners.onSocket({ address: TEST_ADDRESS, port, shard: 1 }, handle)
  lb.activate()
  onTestFinished(() => lb.retire())
  const ask = async () => (await fetch(`http://${TEST_ADDRESS}:${port}/`)).text()
  return { lb, config, ask }
}

test('a configuration that throws half-way is rolled back, and the report says why', async () => {
  const faults = countFaults()
  const { lb, config, ask } = await serving()
  expect(await ask()).toBe('served')
  const before = lb.report()
  expect(lb.apply(poisoned(config))).toBe(false)
  expect(faults).toHaveLength(1)
  expect(lb.config).toBe(config)
  const report = lb.report()
  expect(report.rejected).toEqual({ generation: 2, reason: expect.stringMatching(/./) })
  expect(report.rejected?.reason).not.toMatch(/\n| at /)
  // Servers, counters and listeners are unchanged, and nothing of the new configuration is left.
  const { generation, listeners, servers, applied_at } = report
  expect({ generation, listeners, servers, applied_at }).toEqual({
    generation: before.generation,
    listeners: before.listeners,
    servers: before.servers,
    applied_at: before.applied_at,
  })
  expect(Object.keys(report.backend_counters)).toEqual([config.backends[0]?.id])
  expect(await ask()).toBe('served')
  expect(lb.report().counters.requests_total).toBe(2)

  expect(lb.apply({ ...config, generation: 3 })).toBe(true)
  expect(lb.report()).toMatchObject({ generation: 3, rejected: undefined })
})

test('after a first configuration that throws nothing runs, and a later one is applied', () => {
  const faults = countFaults()
  const claims: Claim[] = []
  const backend = testBackend(1)
  const config = testConfig([testFrontend(1, backend)], [backend])
  const bad = { ...poisoned(config), generation: 1 }
  const source = { ...NO_SOCKETS, claim: (claim: Claim) => claims.push(claim) }
  const lb = new LoadBalancer(bad, source, () => {})
  onTestFinished(() => lb.retire())
  expect(faults).toHaveLength(1)
  expect(lb.report()).toMatchObject({
    lb_id: config.lb_id,
    generation: 0,
    listeners: [],
    servers: [],
    rejected: { generation: 1 },
  })
  expect(claims).toEqual([])
  expect(lb.apply({ ...config, generation: 2 })).toBe(true)
  expect(claims).toEqual([expect.objectContaining({ ports: [1] })])
})
