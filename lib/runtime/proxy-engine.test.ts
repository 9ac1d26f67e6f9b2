import { afterEach, describe, expect, test } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { pathRegex, testAcl } from '#lib/testing/runtime/rules.ts'
import {
  NO_SOCKETS,
  testBackend,
  testConfig,
  testFrontend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { AccessLogs } from './access-log/access-logs.ts'
import { ProxyEngine } from './proxy-engine.ts'

const nodes: ProxyEngine[] = []
afterEach(() => {
  for (const node of nodes.splice(0)) node.shutDown()
})

function start() {
  const settings = { directory: '/nonexistent', node: 'fr-par-a', worker: 1 }
  // Nothing is logged here.
  const logs = new AccessLogs(settings, { error() {}, warn() {} } as never)
  const node = new ProxyEngine(NO_SOCKETS, () => {}, logs)
  nodes.push(node)
  return { node }
}

/** A configuration that takes many slices to compile: every pattern is different. */
function heavy(generation: number, of?: DesiredConfig): DesiredConfig {
  const backend = testBackend(80)
  const acls = Array.from({ length: 60 }, (_, at) =>
    testAcl(pathRegex(...Array.from({ length: 4 }, (_, k) => `a.{100}b.{80}c${at}x${k}`))),
  )
  const frontends = [{ ...testFrontend(8080, backend), acls }]
  return of
    ? { ...of, generation }
    : testConfig(frontends, [backend], { generation, address: null })
}

/** Counts iterations of the event loop until the returned function is called, which prints and returns the number. */
function countIterations() {
  let count = 0
  let longest = 0
  let before = process.threadCpuUsage()
  let going = true
  const sample = () => {
    const { user, system } = process.threadCpuUsage(before)
    before = process.threadCpuUsage()
    longest = Math.max(longest, (user + system) / 1000)
  }
  const turn = () => {
    sample()
    count += 1
    if (going) setImmediate(turn)
  }
  setImmediate(turn)
  return (what: string) => {
    going = false
    sample()
    process.stdout.write(
      `${what} in ${count} iterations, the longest took ${longest.toFixed(1)} ms of CPU time\n`,
    )
    return count
  }
}

const generationOf = (node: ProxyEngine, { lb_id: id }: DesiredConfig) =>
  node.balancers.get(id)?.config.generation ?? null

describe('a configuration that is slow to compile', () => {
  test('is applied as a whole, without blocking the event loop', async () => {
    const { node } = start()
    const config = heavy(1)
    const iterations = countIterations()
    const applied = node.apply(config, new Date())
    expect(generationOf(node, config)).toBeNull()
    expect(node.known()).toEqual({})
    expect(await applied).toBe('applied')
    expect(generationOf(node, config)).toBe(1)
    expect(iterations('compiled')).toBeGreaterThan(5)
  })

  test('does not delay other load balancers', async () => {
    const { node } = start()
    const order: string[] = []
    const slow = node.apply(heavy(1), new Date()).then(() => order.push('slow'))
    const quick = node
      .apply(testConfig([], [], { address: null }), new Date())
      .then(() => order.push('quick'))
    await Promise.all([slow, quick])
    expect(order).toEqual(['quick', 'slow'])
  })

  test('is dropped for a newer generation, and an older one for it', async () => {
    const { node } = start()
    const config = heavy(2)
    const [second, third, first] = await Promise.all([
      node.apply(config, new Date()),
      node.apply(heavy(3, config), new Date()),
      node.apply(heavy(1, config), new Date()),
    ])
    expect([first, second, third]).toEqual(['refused', 'refused', 'applied'])
    expect(generationOf(node, config)).toBe(3)
    expect(await node.apply(heavy(2, config), new Date())).toBe('refused')
  })

  test('is applied even if newer ones keep coming', async () => {
    const { node } = start()
    const config = heavy(1)
    let generation = 1
    void node.apply(config, new Date())
    await until(async () => {
      generation += 1
      void node.apply(heavy(generation, config), new Date())
      await new Promise((resolve) => setImmediate(resolve))
      return generationOf(node, config) !== null
    })
    await until(() => generationOf(node, config) === generation)
  })

  test('is dropped with its load balancer', async () => {
    const { node } = start()
    const config = heavy(1)
    const applied = node.apply(config, new Date())
    node.remove(config.lb_id)
    expect(await applied).toBe('refused')
    expect(node.balancers.size).toBe(0)
    expect(await node.apply(config, new Date())).toBe('applied')
  })
})

describe('a load balancer with 24,000 servers', () => {
  const addresses = (network: number) =>
    Array.from({ length: 24_000 }, (_, at) => `127.${network}.${at >> 8}.${at & 255}`)
  const health_check = { ...testBackend(1).health_check, transient_delay: 60_000 }
  const of = (servers: string[]) => [
    { ...testBackend(1), id: 'backend', servers, health_check } as const,
  ]

  test('is made in slices, and so are other servers in place of them', async () => {
    const { node } = start()
    const config = testConfig([], of(addresses(20)), { address: null })
    const made = countIterations()
    expect(await node.apply(config, new Date())).toBe('applied')
    expect(made('made')).toBeGreaterThan(2)
    const servers = () => node.balancers.get(config.lb_id)?.report().servers ?? []
    expect(servers()).toHaveLength(24_000)

    const other = { ...config, generation: 2, backends: of(addresses(21)) }
    const replaced = countIterations()
    expect(await node.apply(other, new Date())).toBe('applied')
    expect(replaced('replaced')).toBeGreaterThan(2)
    expect(servers().map(({ address }) => address)).toEqual(other.backends[0]?.servers)
    // Or the 24,000 checks would go on beside the next test.
    node.remove(config.lb_id)
  })

  test('keeps what is known of servers that stay', async () => {
    const { node } = start()
    const config = testConfig([], of(['127.0.0.1', '127.9.0.1']), { address: null })
    await node.apply(config, new Date())
    const lb = node.balancers.get(config.lb_id)
    const checked = () => lb?.report().servers.filter(({ checked_at }) => checked_at !== null)
    await until(() => checked()?.length === 2)
    const [first] = lb?.report().servers ?? []
    const other = { ...config, generation: 2, backends: of(['127.0.0.1', '127.9.0.2']) }
    await node.apply(other, new Date())
    const servers = lb?.report().servers ?? []
    expect(servers[0]).toEqual(first)
    expect(servers[1]).toMatchObject({ address: '127.9.0.2', checked_at: null })
    await until(() => checked()?.length === 2)
  })
})
