import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manyServers } from '../ha/change-cost.ts'
import { changesUnderLoad } from '../ha/changes.ts'
import { FAILOVER_KINDS, failovers } from '../ha/failovers.ts'
import { removedServers } from '../ha/removed-server.ts'
import { Stage } from '../ha/stage.ts'
import { withoutTheRest } from '../ha/static-stability.ts'
import { switchovers } from '../ha/switchovers.ts'
import { missed } from '../support/figures.ts'

// In full: npm run bench:ha

/** For a machine that does other work: what is lost counts as it does at full size, times have room. */
const ROOM_MS = 3000
const [RUNS, CHANGES] = [3, 48]

describe('a real installation under load', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await Stage.set()
  })
  afterAll(() => stage?.[Symbol.asyncDispose]())

  test.each(FAILOVER_KINDS)('$what: nobody is refused', async (kind) => {
    expect(missed(await failovers(stage, kind, { runs: RUNS, roomMs: ROOM_MS }))).toEqual([])
  })

  test('planned switchovers lose nothing', async () => {
    expect(missed(await switchovers(stage, { runs: 2 * RUNS }))).toEqual([])
  })

  test('console and control plane killed: traffic does not notice', async () => {
    expect(missed(await withoutTheRest(stage))).toEqual([])
  })

  test('a server that is removed completes what it has, and gets nothing new', async () => {
    expect(missed(await removedServers(stage, { rounds: RUNS, roomMs: ROOM_MS }))).toEqual([])
  })

  test('300 servers are set in one call', async () => {
    expect(missed(await manyServers(stage, { roomMs: 4 * ROOM_MS }))).toEqual([])
  })

  test('changes of every kind drop nothing', async () => {
    const figures = await changesUnderLoad(stage, { count: CHANGES, roomMs: ROOM_MS })
    expect(missed(figures)).toEqual([])
  })
})
