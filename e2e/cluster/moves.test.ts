import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change, ChangeList } from '#lib/core/change.ts'
import type { Lb } from '#lib/core/lb.ts'
import type { PlacementMove, RegionPlacement } from '#lib/core/placement.ts'
import { whyNoNamespaces } from '#lib/testing/network/namespaces.ts'
import { UNHURRIED_PROBE_MS } from '#lib/testing/network/probes.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { addressOf, createLb } from './lb-of.ts'
import { Stage } from './stage.ts'

const PLACEMENT = '/fairlead/v1/regions/fr-par/placement'
const REPLACE_AFTER_S = 3
const LBS = 4
/** The tolerance of a busy machine. */
const ROOM_MS = 3000

describe.skipIf(whyNoNamespaces())('three load balancer hosts', { tags: ['in-order'] }, () => {
  let stage: Stage
  const lbs: Lb[] = []

  beforeAll(async () => {
    const env = { FAIRLEAD_REPLACE_BACKUP_AFTER_S: `${REPLACE_AFTER_S}` }
    stage = await Stage.set({ hosts: 3, env })
    lbs.push(stage.lb)
    while (lbs.length < LBS) lbs.push(await createLb(stage.api, stage.lab, `lb-${lbs.length}`))
  })
  afterAll(() => stage?.[Symbol.dispose]())

  const placement = () => stage.api.ok<RegionPlacement>('GET', PLACEMENT)
  const counts = async () => (await placement()).pairs.map(({ lbs: count }) => count)
  const moved = () =>
    waitFor('all moves are done', async () => {
      const { moves } = await placement()
      return moves.every(({ phase }) => phase === 'planned')
    }).catch(async (error) => {
      throw new Error(`${(error as Error).message}: ${JSON.stringify(await placement())}`)
    })
  const post = (path: string, body?: object) => stage.api.ok('POST', `/fairlead/v1${path}`, body)
  const lastMove = async (lbId: string): Promise<Change | undefined> => {
    const path = `/fairlead/v1/lbs/${lbId}/changes`
    const { changes } = await stage.api.ok<ChangeList>('GET', path)
    return changes.find(({ verb }) => verb === 'move')
  }

  test('new load balancers are spread over the pairs', async () => {
    expect(await counts()).toEqual([LBS / 2, LBS / 2])
  })

  test('a drained host is emptied, and only backups move', async () => {
    await post('/nodes/lb-1/drain')
    const started = await stage.api.ok<RegionPlacement>('POST', PLACEMENT)
    expect(started.moves.map(({ cost }) => cost)).toEqual(['none', 'none'])
    await moved()
    expect((await counts()).toSorted()).toEqual([0, LBS])
  })

  test('a load balancer whose owner moves loses no connection', async () => {
    await post('/nodes/lb-1/undrain')
    // All are active on the host that was added last, in the cluster of the one that returns.
    await post('/nodes/lb-2/drain')
    await post('/nodes/lb-2/undrain')
    const masterOf = new Map<string, string>()
    for (const { id } of lbs) {
      const { instances } = await stage.api.observed(id)
      const master = instances.find(({ role }) => role === 'master')
      masterOf.set(id, master?.cluster === 'a' ? 'lb-1' : 'lb-2')
    }
    const { moves } = await placement()
    const planned = moves.filter(({ phase }) => phase === 'planned')
    expect(planned.map(({ cost }) => cost)).toEqual(['switchover', 'switchover'])
    const first = planned.find(({ lb_id }) => masterOf.get(lb_id) === 'lb-1') as PlacementMove
    const address = addressOf(lbs.find(({ id }) => id === first.lb_id) as Lb)
    const { probes } = stage.lab
    const kept = await probes.keepConnections(address, 10, 3000, async () => {
      const figures = await probes.measure(
        address,
        async () => {
          await stage.api.ok('POST', PLACEMENT)
          await waitFor('the hand-over', async () => (await lastMove(first.lb_id)) !== undefined)
        },
        3000,
        UNHURRIED_PROBE_MS,
      )
      const { gapMs, lost, letters, bothMs } = figures
      console.log(
        `move to another host: gap ${gapMs.toFixed(0)} ms, lost ${lost}, both answering ${bothMs} ms`,
      )
      expect([lost, letters]).toEqual([0, '31'])
    })
    expect(kept.filter(({ problem }) => problem !== null)).toEqual([])
    await moved()
    expect(await counts()).toEqual([LBS / 2, LBS / 2])
    const entry = await lastMove(first.lb_id)
    expect(entry).toMatchObject({
      before: { nodes: ['lb-3', 'lb-2'], active_node: 'lb-3' },
      after: { nodes: ['lb-1', 'lb-2'], active_node: 'lb-1' },
    })
    const { gap_ms } = (entry?.after ?? {}) as { gap_ms?: number }
    expect(gap_ms).toBeLessThan(ROOM_MS)
  })

  test('the load balancers of a lost host get another backup, and survive the next loss', async () => {
    const { lab } = stage
    lab.host('lb-3').host.die()
    await waitFor('another backup', async () => {
      const { pairs } = await placement()
      return pairs.every(({ a, lbs: count }) => (a.name === 'lb-3' ? count === 0 : count === LBS))
    })
    const active = async (id: string) => (await stage.api.observed(id)).instances
    for (const { id } of lbs) {
      const names = (await active(id)).map(({ node }) => node)
      expect(names.toSorted()).toEqual(['lb-1', 'lb-2'])
      await stage.api.waitForApplied(id)
    }
    lab.host('lb-2').host.die()
    for (const lb of lbs) {
      await waitFor('an answer of the last host', async () => {
        const { letters } = await lab.probes.measure(addressOf(lb), async () => {}, 350)
        return letters.at(-1) === '1'
      })
    }
  })
})
