import { once } from 'node:events'
import { connect } from 'node:net'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import type { Engine } from '#lib/protocol/engine.ts'
import type { EngineReport, ReportPriority } from '#lib/protocol/report.ts'
import {
  changedLb,
  KeptClient,
  SINCE,
  type StagedLb,
  serve,
  stageLb,
  startProxyEngine,
  ThrowingConfig,
} from '#lib/testing/node/engine.ts'
import { freePort, TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, tcpClient } from '#lib/testing/runtime/sockets.ts'

// The contract of every `Engine`, with real sockets, servers and clients.

const IMPLEMENTATIONS = [{ name: 'ProxyEngine', start: startProxyEngine }]

const APPLIED = { outcome: 'applied' }

async function get(port: number, path = '/'): Promise<string> {
  const headers = { connection: 'close' }
  const response = await fetch(`http://${TEST_ADDRESS}:${port}${path}`, { headers })
  return response.status === 200 ? `200 ${await response.text()}` : String(response.status)
}

async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, TEST_ADDRESS)
  try {
    await once(socket, 'connect')
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}

/** What a rejected configuration must not change. */
function stateOf(report: EngineReport | null) {
  if (!report) return null
  const { generation, applied_at, active_since, listeners, problems, counting_since } = report
  const servers = report.servers.map(({ address, state, since }) => [address, state, since])
  const parts = [report.frontend_counters, report.backend_counters, report.server_counters]
  const counted = parts.map((counters) => Object.keys(counters))
  return {
    generation,
    applied_at,
    active_since,
    listeners,
    problems,
    counting_since,
    servers,
    counted,
  }
}

describe.each(IMPLEMENTATIONS)('$name', ({ start }) => {
  let engine: Engine
  let lb: StagedLb
  let id: string
  let changes: [string, ReportPriority][]

  beforeEach(async () => {
    engine = start()
    changes = []
    engine.onChange = (...change) => changes.push(change)
    lb = await stageLb()
    id = lb.config.lb_id
  })

  test('carries the traffic of an applied configuration once it is active', async () => {
    expect(engine.known()).toEqual({})
    expect(engine.report(id)).toBeNull()
    expect(await engine.apply(lb.config)).toEqual(APPLIED)
    expect(changes).toContainEqual([id, 'immediate'])
    const { generation, changed_at, address } = lb.config
    expect(engine.known()).toEqual({ [id]: { generation, changed_at, address, revision: '' } })
    await until(
      () => engine.report(id)?.listeners.every(({ state }) => state === 'standby') === true,
    )
    expect(engine.report(id)).toMatchObject({ generation: 1, active: false, active_since: null })
    expect(await isRefused(lb.http)).toBe(true)

    await serve(engine, lb.config)
    expect(engine.report(id)).toMatchObject({ active: true, active_since: SINCE.toISOString() })
    expect(await get(lb.http)).toBe('200 web')
    expect(await get(lb.http, '/other')).toBe('200 other')
    expect(await get(lb.http, '/denied')).toBe('403')
    expect(await (await KeptClient.to(lb.tcp)).say('hello')).toBe('hello')
  })

  test('keeps the time at which a last good configuration was first applied', async () => {
    const then = new Date('2026-01-01T00:00:00.000Z')
    expect(await engine.apply(lb.config, then)).toEqual(APPLIED)
    expect(engine.report(id)?.applied_at).toBe(then.toISOString())
    expect(await engine.apply({ ...lb.config, generation: 2 })).toEqual(APPLIED)
    expect(Date.parse(engine.report(id)?.applied_at ?? '')).toBeGreaterThan(then.getTime())
  })

  test('keeps the newest of several generations', async () => {
    const of = (generation: number) => engine.apply({ ...lb.config, generation })
    const [, newest] = await Promise.all([of(2), of(4), of(3)])
    expect(newest).toEqual(APPLIED)
    expect(await of(3)).toEqual({ outcome: 'superseded' })
    expect(engine.known()[id]?.generation).toBe(4)
  })

  test('reports a port that is taken, and applies the rest', async () => {
    const { port } = await httpServer((_, response) => response.end())
    const [web, tcp] = lb.frontends
    expect(await engine.apply({ ...lb.config, frontends: [{ ...web, port }, tcp] })).toEqual(
      APPLIED,
    )
    engine.activate(id, SINCE)
    await until(() => engine.report(id)?.listeners[0]?.state === 'failed')
    expect(engine.report(id)?.listeners[0]?.problem).toMatch(/already in use by another program/)
    await until(() => engine.report(id)?.listeners[1]?.state === 'listening')
    expect(await (await KeptClient.to(lb.tcp)).say('hello')).toBe('hello')
  })

  test('rejects a configuration that fails at any step, and goes on with the former as if nothing had happened', async () => {
    const faults: unknown[] = []
    onFault((fault) => faults.push(fault))
    onTestFinished(() => onFault(null))
    await serve(engine, lb.config)
    const [web, stream] = [await KeptClient.to(lb.http), await KeptClient.to(lb.tcp)]
    const before = stateOf(engine.report(id))
    const counted = () => engine.report(id)?.counters.requests_total ?? 0
    const next = await changedLb(lb)
    let requests = counted()

    let steps = 0
    for (;;) {
      const throwing = new ThrowingConfig(next, steps)
      const result = await engine.apply(throwing.config)
      throwing.disarm()
      if (!throwing.hasThrown) {
        expect(result).toEqual(APPLIED)
        break
      }
      steps += 1
      expect(result).toEqual({ outcome: 'rejected', reason: expect.stringMatching(/^planted at /) })
      expect(faults).toHaveLength(steps)
      expect(stateOf(engine.report(id))).toEqual(before)
      if (steps % 50 !== 1) continue
      // The connections, rules and counters of before.
      expect((await web.ask('/')).answer).toBe('200 web')
      expect((await web.ask('/other')).answer).toBe('200 other')
      expect((await web.ask('/denied')).answer).toBe('403')
      expect((await web.ask('/secret')).answer).toBe('200 web')
      expect(await stream.say('hello')).toBe('hello')
      expect(await get(lb.http)).toBe('200 web')
      requests += 5
      expect(counted()).toBe(requests)
    }
    process.stdout.write(`rejected at each of ${steps} steps\n`)
    expect(steps).toBeGreaterThan(100)

    // What applies after all follows the new rules, on the connections of before.
    expect(engine.report(id)).toMatchObject({ generation: 2, active: true })
    expect((await web.ask('/denied')).answer).toBe('200 web')
    expect((await web.ask('/secret')).answer).toBe('403')
    expect((await web.ask('/other')).answer).toBe('200 web')
    expect(await stream.say('hello')).toBe('hello')
    expect(counted()).toBe(requests + 3)
    await until(
      () => engine.report(id)?.listeners.every(({ state }) => state === 'listening') === true,
    )
    expect(faults).toHaveLength(steps)
  })

  test('runs nothing of a first configuration that fails, and applies a later one', async () => {
    onFault(() => {})
    onTestFinished(() => onFault(null))
    const throwing = new ThrowingConfig(lb.config, 100)
    const { outcome } = await engine.apply(throwing.config)
    expect(outcome).toBe('rejected')
    expect(engine.known()).toEqual({})
    expect(engine.report(id)).toBeNull()
    await serve(engine, { ...lb.config, generation: 2 })
    expect(await get(lb.http)).toBe('200 web')
  })

  test('lets a removed load balancer complete what is in progress', async () => {
    await serve(engine, lb.config)
    const stream = await KeptClient.to(lb.tcp)
    expect(await stream.say('hello')).toBe('hello')
    engine.remove(id)
    expect(engine.known()).toEqual({})
    expect(engine.report(id)).toBeNull()
    await until(() => isRefused(lb.http))
    expect(await stream.say('still there')).toBe('still there')
  })

  test('stops accepting when it is deactivated, sends HTTP clients away, and accepts again', async () => {
    await serve(engine, lb.config)
    const [web, stream] = [await KeptClient.to(lb.http), await KeptClient.to(lb.tcp)]
    expect(await web.ask('/')).toEqual({ answer: '200 web', closes: false })
    expect(await stream.say('hello')).toBe('hello')
    engine.deactivate(id)
    expect(engine.report(id)).toMatchObject({ active: false, active_since: null })
    await until(() => isRefused(lb.http))
    expect(await stream.say('still there')).toBe('still there')
    expect(await web.ask('/')).toEqual({ answer: '200 web', closes: true })
    await serve(engine, lb.config)
    expect(await get(lb.http)).toBe('200 web')
  })

  test('listens while it stands by, without being active, and sends HTTP clients away', async () => {
    expect(await engine.apply(lb.config)).toEqual(APPLIED)
    engine.standBy(id)
    await until(async () => !(await isRefused(lb.http)))
    const standby = lb.frontends.map(() => ({ state: 'standby' }))
    expect(engine.report(id)).toMatchObject({ active: false, listeners: standby })
    const web = await KeptClient.to(lb.http)
    expect(await web.ask('/')).toEqual({ answer: '200 web', closes: true })
    await serve(engine, lb.config)
    const [kept, stream] = [await KeptClient.to(lb.http), await KeptClient.to(lb.tcp)]
    expect(await kept.ask('/')).toEqual({ answer: '200 web', closes: false })
    engine.standBy(id)
    expect(engine.report(id)).toMatchObject({ active: false, active_since: null })
    expect(await stream.say('still there')).toBe('still there')
    expect(await kept.ask('/')).toEqual({ answer: '200 web', closes: true })
    expect(await get(lb.http)).toBe('200 web')
  })

  test('shows by its activity that counters have changed', async () => {
    await serve(engine, lb.config)
    const before = engine.activity(id)
    expect(engine.activity(id)).toBe(before)
    await get(lb.http)
    expect(engine.activity(id)).toBeGreaterThan(before)
    expect(engine.activity('another')).toBe(0)
  })

  test('checks the servers of a draft once, and keeps nothing', async () => {
    const { port } = await httpServer((_, response) => response.end())
    const { servers } = await engine.checkDraft(testBackend(port))
    expect(servers).toMatchObject([{ address: TEST_ADDRESS, up: true }])
    const closed = await engine.checkDraft(testBackend(await freePort()))
    expect(closed.servers).toMatchObject([{ address: TEST_ADDRESS, up: false }])
    expect(engine.known()).toEqual({})
  })

  test('drains: accepts no more, and is done when nothing is in progress', async () => {
    await serve(engine, lb.config)
    const stream = await KeptClient.to(lb.tcp)
    expect(await stream.say('hello')).toBe('hello')
    let isDrained = false
    const drained = engine.drain().then(() => {
      isDrained = true
    })
    await until(() => isRefused(lb.http))
    expect(await stream.say('still there')).toBe('still there')
    expect(isDrained).toBe(false)
    stream.socket.end()
    await drained
  })

  test('cuts off what is in progress when it shuts down', async () => {
    await serve(engine, lb.config)
    const stream = await tcpClient(lb.tcp)
    stream.write('hello')
    await once(stream, 'data')
    const closed = new Promise((resolve) => stream.once('close', resolve))
    await engine.shutDown()
    await closed
    expect(stream.errored).toMatchObject({ code: 'ECONNRESET' })
  })
})
