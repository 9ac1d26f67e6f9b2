import { describe, expect, onTestFinished, test } from 'vitest'
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

/** An engine that claims no sockets and logs nothing. */
function startEngine(): ProxyEngine {
  const settings = { directory: '/nonexistent', node: 'fr-par-a', worker: 1 }
  const accessLogs = new AccessLogs(settings, { error() {}, warn() {} } as never)
  const engine = new ProxyEngine({ source: NO_SOCKETS, accessLogs, journal: null })
  onTestFinished(() => {
    for (const id of Object.keys(engine.known())) engine.remove(id)
  })
  return engine
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

const generationOf = (engine: ProxyEngine, { lb_id: id }: DesiredConfig) =>
  engine.known()[id]?.generation ?? null

describe('a configuration that is slow to compile', () => {
  test('is applied as a whole, without blocking the event loop', async () => {
    const engine = startEngine()
    const config = heavy(1)
    const iterations = countIterations()
    const applied = engine.apply(config)
    expect(generationOf(engine, config)).toBeNull()
    expect(engine.known()).toEqual({})
    expect(await applied).toEqual({ outcome: 'applied' })
    expect(generationOf(engine, config)).toBe(1)
    expect(iterations('compiled')).toBeGreaterThan(5)
  })

  test('does not delay other load balancers', async () => {
    const engine = startEngine()
    const order: string[] = []
    const slow = engine.apply(heavy(1)).then(() => order.push('slow'))
    const quick = engine
      .apply(testConfig([], [], { address: null }))
      .then(() => order.push('quick'))
    await Promise.all([slow, quick])
    expect(order).toEqual(['quick', 'slow'])
  })

  test('is dropped for a newer generation, and an older one for it', async () => {
    const engine = startEngine()
    const config = heavy(2)
    const [second, third, first] = await Promise.all([
      engine.apply(config),
      engine.apply(heavy(3, config)),
      engine.apply(heavy(1, config)),
    ])
    expect([first, second, third].map(({ outcome }) => outcome)).toEqual([
      'superseded',
      'superseded',
      'applied',
    ])
    expect(generationOf(engine, config)).toBe(3)
    expect(await engine.apply(heavy(2, config))).toEqual({ outcome: 'superseded' })
  })

  test('is applied even if newer ones keep coming', async () => {
    const engine = startEngine()
    const config = heavy(1)
    let generation = 1
    void engine.apply(config)
    await until(async () => {
      generation += 1
      void engine.apply(heavy(generation, config))
      await new Promise((resolve) => setImmediate(resolve))
      return generationOf(engine, config) !== null
    })
    await expect.poll(() => generationOf(engine, config)).toBe(generation)
  })

  test('is dropped with its load balancer', async () => {
    const engine = startEngine()
    const config = heavy(1)
    const applied = engine.apply(config)
    engine.remove(config.lb_id)
    expect(await applied).toEqual({ outcome: 'superseded' })
    expect(engine.known()).toEqual({})
    expect(await engine.apply(config)).toEqual({ outcome: 'applied' })
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
    const engine = startEngine()
    const config = testConfig([], of(addresses(20)), { address: null })
    const made = countIterations()
    expect(await engine.apply(config)).toEqual({ outcome: 'applied' })
    expect(made('made')).toBeGreaterThan(2)
    const servers = () => engine.report(config.lb_id)?.servers ?? []
    expect(servers()).toHaveLength(24_000)

    const other = { ...config, generation: 2, backends: of(addresses(21)) }
    const replaced = countIterations()
    expect(await engine.apply(other)).toEqual({ outcome: 'applied' })
    expect(replaced('replaced')).toBeGreaterThan(2)
    expect(servers().map(({ address }) => address)).toEqual(other.backends[0]?.servers)
    // Or the 24,000 checks would go on beside the next test.
    engine.remove(config.lb_id)
  })

  test('keeps what is known of servers that stay', async () => {
    const engine = startEngine()
    const config = testConfig([], of(['127.0.0.1', '127.9.0.1']), { address: null })
    await engine.apply(config)
    const servers = () => engine.report(config.lb_id)?.servers ?? []
    const checked = () => servers().filter(({ checked_at }) => checked_at !== null)
    await until(() => checked().length === 2)
    const [first] = servers()
    const other = { ...config, generation: 2, backends: of(['127.0.0.1', '127.9.0.2']) }
    await engine.apply(other)
    expect(servers()[0]).toEqual(first)
    expect(servers()[1]).toMatchObject({ address: '127.9.0.2', checked_at: null })
    await until(() => checked().length === 2)
  })
})
