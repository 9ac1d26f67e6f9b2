import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lb } from '#lib/core/lb.ts'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { type Figures, UNHURRIED_PROBE_MS } from '#lib/testing/network/probes.ts'
import { measureSplit, SPLITS } from './conditions.ts'
import { HOST_FAULTS, type MeasuredFault, measureFault } from './faults.ts'
import { Stage } from './stage.ts'

// At full size: npm run bench:cluster

const problem = whyNoNamespaces()
if (problem) console.log(`The tests of several machines are skipped: ${problem}.`)

/** The tolerance of a busy machine. */
const ROOM_MS = 3000

/** How far the reported gap may be from what clients saw, on a busy machine. */
const REPORT_ROOM_MS = 250

function print(what: string, { gapMs, lost, bothMs }: Figures): void {
  console.log(`${what}: gap ${gapMs.toFixed(0)} ms, lost ${lost}, both answering ${bothMs} ms`)
}

function expectReported({ failover, gapMs }: MeasuredFault, reason: string): void {
  expect(failover).toMatchObject({ reason, from: 'a', to: 'b' })
  const gap = failover?.gap_ms ?? Number.NaN
  console.log(`  reported: ${gap.toFixed(0)} ms, ${reason}`)
  expect(Math.abs(gap - gapMs)).toBeLessThan(REPORT_ROOM_MS)
}

describe.skipIf(problem)('two load balancer hosts', { tags: ['in-order'] }, () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await Stage.set()
  })
  afterAll(() => stage?.[Symbol.dispose]())

  test('both have joined, and traffic goes through one of them', async () => {
    await stage.connected('lb-1', true)
    await stage.connected('lb-2', true)
    expect(await stage.answering()).toMatch(/^[12]$/)
  })

  test.each(HOST_FAULTS)('$what', async (fault) => {
    await stage.giveTo(stage.first)
    const before = await stage.lastFailover()
    const measured = await measureFault(stage, fault)
    print(fault.what, measured)
    // A process that goes on may get the traffic back.
    expect(measured.letters).toMatch(fault.reason ? /^12/ : /^1$/)
    expect(measured.gapMs).toBeLessThan(fault.atMostMs + ROOM_MS)
    if (fault.reason) expectReported(measured, fault.reason)
    else expect(await stage.failoversSince(before)).toBe(0)
  })

  // The benchmark has the others.
  test.each(SPLITS.slice(0, 1))('$what: clients always get an answer', async (one) => {
    const { split, saidMs, healed } = await measureSplit(stage, one)
    print(one.what, split)
    print('  healing', healed)
    expect(split.gapMs).toBeLessThan(ROOM_MS)
    expect(healed.gapMs).toBeLessThan(ROOM_MS)
    // The preferred host keeps the traffic, or has it back.
    expect(split.letters.at(-1)).toBe(stage.first.letter)
    expect(healed.letters.at(-1)).toBe(stage.first.letter)
    if (one.saidAtMostMs !== null) expect(saidMs).toBeLessThan(one.saidAtMostMs + ROOM_MS)
  })

  test('a planned switchover loses no connection, also just after a host has returned', async () => {
    await stage.giveTo(stage.first)
    const { probes } = stage.lab
    const kept = await probes.keepConnections(stage.address, 10, 1500, async () => {
      const give = () => stage.giveTo(stage.second)
      const there = await probes.measure(stage.address, give, 1300, UNHURRIED_PROBE_MS)
      print('planned switchover', there)
      expect([there.lost, there.letters]).toEqual([0, '12'])
    })
    expect(kept.filter((connection) => connection.problem !== null)).toEqual([])
  })

  test('without the control plane the other host takes over, and reports that later', async () => {
    const { lab, first } = stage
    await stage.giveTo(first)
    const description = `written at ${new Date().toISOString()}`
    const path = `/lb/v1/regions/fr-par/lbs/${stage.lb.id}`
    await stage.api.ok<Lb>('PUT', path, { name: 'site', description })
    const before = await stage.lastFailover()
    lab.controlPlane.die()
    const figures = await lab.probes.measure(stage.address, async () => first.host.die())
    print('host dies, control plane away', figures)
    expect(figures.letters).toBe('12')
    lab.controlPlane.boot()
    await lab.startControlPlane()
    expect((await stage.api.lb(stage.lb.id)).description).toBe(description)
    expectReported({ ...figures, failover: await stage.failoverAfter(before) }, 'host_lost')
  })

  test('a host that restarts with everything else away serves as before', async () => {
    const { lab, first, second } = stage
    lab.controlPlane.die()
    second.host.die()
    second.host.boot()
    await lab.startHost(second)
    expect(await stage.answering()).toBe('2')
    lab.controlPlane.boot()
    first.host.boot()
    await Promise.all([lab.startControlPlane(), lab.startHost(first)])
    await stage.giveTo(first)
    expect(await stage.answering()).toBe('1')
  })
})
