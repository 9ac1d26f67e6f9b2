import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FailoverList } from '#lib/core/failover.ts'
import type { NodeList } from '#lib/core/node.ts'
import type { ControlPlaneHost } from '#lib/testing/cluster/control-plane-host.ts'
import type { DatabaseMachine } from '#lib/testing/cluster/database-machine.ts'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { UNHURRIED_PROBE_MS } from '#lib/testing/network/probes.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { simulateDelay, waitFor } from '#lib/testing/wait.ts'
import { Api } from '../support/api.ts'
import { quantile } from '../support/figures.ts'
import { EventStream } from './event-stream.ts'
import { Stage } from './stage.ts'
import { Writers } from './writers.ts'

const problem = whyNoNamespaces() ?? missingPrograms('postgres')
if (problem) console.log(`The tests of several control planes are skipped: ${problem}.`)

const EDITS = 20
/** How long a person takes between edits at least. Milliseconds. */
const BETWEEN_EDITS_MS = 600
const CONTROL_PLANES = 3
/** On a busy machine. Users are promised a twentieth. Milliseconds. */
const EVENT_MAX_MS = 2000
/** No request hangs longer. Users are promised half. Milliseconds. */
const ANSWER_MAX_MS = 10_000

const print = (what: string, ms: number[]) => {
  const [p50, p99] = [quantile(ms, 0.5), quantile(ms, 0.99)].map((one) => one.toFixed(0))
  console.log(`${what}: p50 ${p50} ms, p99 ${p99} ms`)
}

describe.skipIf(problem)('three control planes on PostgreSQL', { tags: ['in-order'] }, () => {
  let stage: Stage
  let all: ControlPlaneHost[]

  beforeAll(async () => {
    // What the other machines do must not take the hosts' CPU time.
    const hosts = { hosts: 2, hostNice: -10 }
    const controlPlanes = CONTROL_PLANES
    stage = await Stage.set({ ...hosts, controlPlanes, database: 'postgres', standby: true })
    all = stage.lab.controlPlanes
  })
  afterAll(() => stage?.[Symbol.dispose]())

  const at = (number: number) => all[number] as ControlPlaneHost
  const failoversAt = (one: ControlPlaneHost) => {
    const path = `/fairlead/v1/lbs/${stage.lb.id}/failovers`
    return new Api(one).ok<FailoverList>('GET', path)
  }
  /** Waits until each control plane has a node connected, or away and says so, and knows which node has the load balancer. */
  const expectConverged = async (node: string, isConnected: boolean, active: string) => {
    for (const one of all) {
      const api = new Api(one)
      await waitFor(`${one.name} has the state of all nodes`, async () => {
        const { nodes } = await api.ok<NodeList>('GET', '/fairlead/v1/nodes')
        const { instances, problems } = await api.observed(stage.lb.id)
        const isActive = instances.some((instance) => instance.active && instance.node === active)
        const isSeen = nodes.find(({ name }) => name === node)?.connected === isConnected
        return isActive && isSeen && isConnected === (problems.length === 0)
      })
    }
  }
  /** The control plane that does what must happen once. */
  const leader = async () => {
    const [row] = await stage.lab.database.primary.query('select holder from leadership')
    const name = String(row?.holder).split('/')[0]
    return all.find((one) => one.name === name) as ControlPlaneHost
  }

  test('hosts have joined all of them', async () => {
    for (const host of ['lb-1', 'lb-2']) await expectConverged(host, true, 'lb-1')
  })

  test('an edit at one is effective on both hosts, and on the pages of the others', async () => {
    const [from, other] = [new Api(at(0)), new Api(at(1))]
    const stream = await EventStream.open(at(1))
    const { backends } = await from.children(stage.lb.id)
    const [answered, seen, effective]: number[][] = [[], [], []]
    for (let edit = 0; edit < EDITS; edit += 1) {
      // A page gets further events of the same load balancer after 250 ms.
      await simulateDelay(BETWEEN_EDITS_MS)
      const startedAt = performance.now()
      const path = `/lb/v1/regions/fr-par/backends/${backends[0]?.id}`
      const body = { ...backends[0], timeout_server: 10_000 + edit }
      const { status, ms } = await from.call('PUT', path, body)
      expect(status).toBe(200)
      answered?.push(ms)
      seen?.push((await stream.eventAfter(startedAt, stage.lb.id)) - startedAt)
      const { instances } = await other.waitForApplied(stage.lb.id)
      effective?.push(...instances.map((one) => one.applied_after_ms ?? Number.NaN))
    }
    stream.close()
    print('edit, answered', answered ?? [])
    print('edit, on the page of another control plane', seen ?? [])
    print('edit, effective on both hosts', effective ?? [])
    expect(quantile(seen ?? [], 0.5)).toBeLessThan(EVENT_MAX_MS)
  })

  test('the leader dies: traffic and the others go on', async () => {
    await stage.giveTo(stage.first)
    const killed = await leader()
    const others = all.filter((one) => one !== killed)
    const writers = new Writers(others, stage.lb.id, 1)
    const { probes } = stage.lab
    const act = async () => {
      await writers.acknowledgedAfter(0)
      killed.host.die()
      await writers.acknowledgedAfter(performance.now())
      const next = await waitFor('the next leader', async () => {
        const one = await leader()
        return one !== killed && one
      })
      expect(others).toContain(next)
    }
    const figures = await probes.measure(stage.address, act, 3000, UNHURRIED_PROBE_MS)
    await writers.stop()
    killed.host.boot()
    await killed.start()
    await expectConverged('lb-1', true, 'lb-1')
    console.log(
      `a control plane dies: gap ${figures.gapMs.toFixed(0)} ms, longest answer of the others ${writers.longestMs.toFixed(0)} ms`,
    )
    expect([figures.lost, figures.letters]).toEqual([0, '1'])
    expect([...writers.refusals]).toEqual([])
  })

  test('all are away: traffic goes on and fails over, and all converge when they are back', async () => {
    const { lab, first, second } = stage
    await stage.giveTo(first)
    const before = await stage.lastFailover()
    const kill = async () => {
      for (const one of all) one.host.die()
    }
    const killed = await lab.probes.measure(stage.address, kill, 2000, UNHURRIED_PROBE_MS)
    expect([killed.lost, killed.letters]).toEqual([0, '1'])
    const died = await lab.probes.measure(stage.address, async () => first.host.die())
    expect(died.letters).toBe('12')
    console.log(`host dies, all control planes away: gap ${died.gapMs.toFixed(0)} ms`)
    for (const one of all) one.host.boot()
    await Promise.all(all.map((one) => one.start()))
    const startedAt = performance.now()
    await expectConverged(first.name, false, second.name)
    const failover = await stage.failoverAfter(before)
    console.log(`all are back: converged after ${(performance.now() - startedAt).toFixed(0)} ms`)
    expect(failover).toMatchObject({ from: 'a', to: 'b', reason: 'host_lost' })
    for (const one of all) {
      const { failovers } = await failoversAt(one)
      expect(failovers.filter(({ id }) => id === failover.id)).toHaveLength(1)
      expect(failovers).toHaveLength((await failoversAt(at(0))).failovers.length)
    }
    first.host.boot()
    await lab.startHost(first)
    await expectConverged(first.name, true, second.name)
  })

  test.each<[string, (primary: DatabaseMachine) => void]>([
    ['is killed', (primary) => primary.kill()],
    ['hangs', (primary) => primary.freeze()],
    ['loses its network', (primary) => primary.cut()],
  ])(
    'the primary %s, and the standby is promoted: no acknowledged write is lost',
    async (what, strike) => {
      const { database, probes } = stage.lab
      const owner = await stage.answering()
      const writers = new Writers(all, stage.lb.id, 3)
      let promotedAt = 0
      const act = async () => {
        await waitFor('writes', () => writers.acknowledged.length > 50)
        strike(database.primary)
        await waitFor('refusals', () => writers.refusals.size > 0)
        await database.promoteStandby()
        promotedAt = performance.now()
        await writers.acknowledgedAfter(promotedAt)
      }
      const figures = await probes.measure(stage.address, act, 1300, UNHURRIED_PROBE_MS)
      const writableMs = (await writers.acknowledgedAfter(promotedAt)) - promotedAt
      await writers.stop()
      await database.addStandby()
      console.log(
        `the primary ${what}: writable again ${writableMs.toFixed(0)} ms after the promotion, longest answer ` +
          `${writers.longestMs.toFixed(0)} ms, ${writers.acknowledged.length} acknowledged writes`,
      )
      expect([figures.lost, figures.letters]).toEqual([0, owner])
      expect(await writers.lostIn(database)).toEqual([])
      expect([...writers.refusals.keys()]).toEqual([503])
      expect([...(writers.refusals.get(503) ?? [])].join()).toMatch(/Traffic is not affected/)
      expect(writers.longestMs).toBeLessThan(ANSWER_MAX_MS)
      await stage.api.waitForApplied(stage.lb.id)
    },
  )
})
