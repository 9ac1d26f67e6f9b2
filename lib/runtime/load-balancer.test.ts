import { expect, onTestFinished, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import type { DesiredAcl, DesiredConfig } from '#lib/protocol/desired-config.ts'
import {
  applyTo,
  bindHandle,
  lbWith,
  NO_SOCKETS,
  TEST_ADDRESS,
  testBackend,
  testConfig,
  testFrontend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { httpServer } from '#lib/testing/runtime/sockets.ts'
import type { Claim } from './sockets/listener-source.ts'

/** An ACL that no schema accepts and that can't be compiled. */
const POISON: DesiredAcl = { id: 'a', name: 'a', match: null as never, action: { type: 'deny' } }

/** Collects faults, so that they don't fail the test. */
function collectFaults(): unknown[] {
  const faults: unknown[] = []
  onFault((fault) => faults.push(fault))
  onTestFinished(() => onFault(null))
  return faults
}

async function serving() {
  const { port: server } = await httpServer((_, response) => response.end('served'))
  const { handle, port } = bindHandle(TEST_ADDRESS)
  const backend = testBackend(server)
  const config = testConfig([testFrontend(port, backend)], [backend])
  const lb = lbWith(config)
  lb.listeners.onSocket({ address: TEST_ADDRESS, port, shard: 1 }, handle)
  lb.activate()
  onTestFinished(() => lb.retire())
  const ask = async () => (await fetch(`http://${TEST_ADDRESS}:${port}/`)).text()
  return { lb, config, ask }
}

/** The next generation, with parts that can be prepared before the one that can't. */
function poisoned(config: DesiredConfig): DesiredConfig {
  const [frontend] = config.frontends
  if (!frontend) return config
  const backend = { ...testBackend(1), id: 'new backend' }
  const fresh = { ...testFrontend(2, backend), id: 'new frontend' }
  return {
    ...config,
    generation: config.generation + 1,
    frontends: [fresh, { ...frontend, client_timeout: 1, acls: [POISON] }],
    backends: [backend, ...config.backends],
  }
}

test('a configuration that fails half-way changes nothing', async () => {
  const { lb, config, ask } = await serving()
  expect(await ask()).toBe('served')
  const before = lb.report()
  expect(() => applyTo(lb, poisoned(config))).toThrow(TypeError)
  expect(lb.config).toBe(config)
  expect(lb.report()).toEqual(before)
  expect(await ask()).toBe('served')
  expect(lb.report().counters.requests_total).toBe(2)

  applyTo(lb, { ...config, generation: 3 })
  expect(lb.report().generation).toBe(3)
})

test('a fault after the swap is reported, and the rest of the change is carried out', async () => {
  const faults = collectFaults()
  const claims: Claim[] = []
  const source = {
    ...NO_SOCKETS,
    claim(claim: Claim) {
      claims.push(claim)
      if (claims.length === 2) throw new Error('the channel is closed')
    },
  }
  const backend = testBackend(1)
  const config = testConfig([testFrontend(1, backend)], [backend])
  const lb = lbWith(config, { source })
  onTestFinished(() => lb.retire())
  const added = testBackend(2)
  applyTo(lb, {
    ...config,
    generation: 2,
    frontends: [testFrontend(3, added)],
    backends: [added],
  })
  expect(faults).toEqual([expect.objectContaining({ message: 'the channel is closed' })])
  const { generation, servers, listeners } = lb.report()
  expect(generation).toBe(2)
  expect(servers.map(({ backend_id }) => backend_id)).toEqual([added.id])
  expect(listeners.map(({ port }) => port)).toEqual([3])
  await until(() => lb.report().servers[0]?.checked_at !== null)
  // The claim is made again.
  await until(() => claims.length === 3)
  expect(claims[2]).toEqual(claims[1])
})
