import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { LostLb } from '#lib/protocol/host-link.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

let controlPlane: RunningControlPlane
let lbId: string
beforeEach(async () => {
  controlPlane = await runControlPlane()
  const { body } = await controlPlane.call('POST', '/lb/v1/regions/fr-par/lbs', { name: 'site' })
  lbId = body.id
})
afterEach(() => controlPlane.stop())

const failover = (changes: Partial<Failover> = {}): Failover => ({
  id: randomUUID(),
  lb_id: lbId,
  at: '2026-01-01T10:00:00.000Z',
  from: 'a',
  to: 'b',
  reason: 'ended',
  gap_ms: 34,
  ...changes,
})
const loss = (changes: Partial<LostLb> = {}): LostLb => ({
  lb_id: lbId,
  from: 'a',
  at: '2026-01-01T10:00:01.000Z',
  since: '2026-01-01T09:00:00.000Z',
  reason: 'hung',
  answered_ms: -400,
  ...changes,
})
const report = (failovers: Failover[], lost: LostLb[] = []) =>
  controlPlane.onSupervisor({ type: 'failed_over', failovers, lost })

/** Reasons and gaps, newest first: of the list, and of the history. */
async function recorded(): Promise<[string, number][]> {
  const path = `/fairlead/v1/lbs/${lbId}`
  const { failovers } = (await controlPlane.call('GET', `${path}/failovers`)).body
  const { changes } = (await controlPlane.call('GET', `${path}/changes?kind=failovers`)).body
  const summary = ({ reason, gap_ms }: Failover): [string, number] => [reason, gap_ms]
  const listed = failovers.map(summary)
  expect(changes.map((one: { failover: Failover }) => summary(one.failover))).toEqual(listed)
  return listed
}

test('what the former owner reports completes a failover, before and after the new one reports', async () => {
  await report([failover()])
  await report([], [loss()])
  expect(await recorded()).toEqual([['hung', 434]])
  const later = { at: '2026-01-01T10:01:00.000Z' }
  await report([], [loss({ ...later, reason: 'adverts_lost', answered_ms: 115 })])
  await report([failover({ ...later, reason: 'host_lost', gap_ms: 148 })])
  expect(await recorded()).toEqual([
    ['adverts_lost', 33],
    ['hung', 434],
  ])
})

test('a loss that is reported twice counts once, also for another failover soon after', async () => {
  await report([failover()], [loss()])
  await report([], [loss()])
  await report([failover({ at: '2026-01-01T10:00:05.000Z', gap_ms: 20 })])
  await report([], [loss()])
  expect(await recorded()).toEqual([
    ['ended', 20],
    ['hung', 434],
  ])
})

test('a gap is not below zero, and there is none if the former owner answered all along', async () => {
  await report([failover({ gap_ms: 100 })])
  await report([], [loss({ answered_ms: 115 })])
  expect(await recorded()).toEqual([['hung', 0]])
  await report([failover({ at: '2026-01-01T10:01:00.000Z' })])
  const preempted = { reason: 'preempted', answered_ms: null } as const
  await report([], [loss({ at: '2026-01-01T10:01:00.000Z', ...preempted })])
  expect((await recorded())[0]).toEqual(['preempted', 0])
})

test.each<[string, Partial<Failover>]>([
  ['of another direction', { from: 'b', to: 'a' }],
  ['of a node that had itself back', { to: 'a' }],
  ['that was requested', { reason: 'planned' }],
  ['from before the host owned it again', { at: '2026-01-01T08:59:59.000Z' }],
  ['of another time', { at: '2026-01-01T10:05:00.000Z' }],
])('a failover %s is left alone', async (_what, changes) => {
  const other = failover(changes)
  const later = '2026-01-01T09:00:01.000Z'
  await report([other])
  await report([], [loss({ at: other.at < later ? later : '2026-01-01T10:00:01.000Z' })])
  await report([failover({ ...changes, id: randomUUID() })])
  expect(await recorded()).toEqual([
    [other.reason, 34],
    [other.reason, 34],
  ])
})
