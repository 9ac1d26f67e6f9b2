import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manyServers } from '../ha/change-cost.ts'
import { changesUnderLoad } from '../ha/changes.ts'
import { FAILOVER_KINDS, failovers } from '../ha/failovers.ts'
import { removedServers } from '../ha/removed-server.ts'
import { Stage } from '../ha/stage.ts'
import { withoutTheRest } from '../ha/static-stability.ts'
import { switchovers } from '../ha/switchovers.ts'
import { missed } from '../support/figures.ts'

// At full size: npm run bench:ha

/** The tolerance of durations for a busy machine. Losses have none. */
const ROOM_MS = 3000
const [RUNS, CHANGES] = [3, 48]

describe('a real installation under load', () => {
  let stage: Stage

  beforeAll(async () => {
    stage = await Stage.set()
  })
  afterAll(() => stage?.[Symbol.asyncDispose]())

  test.each(FAILOVER_KINDS)('$what: no connection is refused', async (kind) => {
    expect(missed(await failovers(stage, kind, { runs: RUNS, roomMs: ROOM_MS }))).toEqual([])
  })

  test('planned switchovers lose nothing', async () => {
    expect(missed(await switchovers(stage, { runs: 2 * RUNS }))).toEqual([])
  })

  test('killing console and control plane doesn’t affect traffic', async () => {
    expect(missed(await withoutTheRest(stage))).toEqual([])
  })

  test('a removed server completes its requests and gets no new ones', async () => {
    expect(missed(await removedServers(stage, { rounds: RUNS, roomMs: ROOM_MS }))).toEqual([])
  })

  test('300 servers are set in one call', async () => {
    expect(missed(await manyServers(stage, { roomMs: 4 * ROOM_MS }))).toEqual([])
  })

  test('changes of every kind drop no connection', async () => {
    const figures = await changesUnderLoad(stage, { count: CHANGES, roomMs: ROOM_MS })
    expect(missed(figures)).toEqual([])
  })
})
