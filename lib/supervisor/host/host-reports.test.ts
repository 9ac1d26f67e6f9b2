import { expect, test, vi } from 'vitest'
import type { Failover } from '#lib/core/failover.ts'
import type { HostReport } from '#lib/protocol/host-link.ts'
import { HostReports } from './host-reports.ts'

const failover = (id: string): Failover => ({
  id,
  lb_id: 'lb-1',
  at: '2026-11-30T10:00:00.000Z',
  from: 'a',
  to: 'b',
  reason: 'ended',
  gap_ms: 40,
})
const failedOver = (...ids: string[]): HostReport => ({
  type: 'failed_over',
  failovers: ids.map(failover),
})
const carriers = (problem: string | null): HostReport => ({ type: 'carriers', pairs: [], problem })
const answer = (id: string): HostReport => ({ type: 'carrier_yielded', id, problem: null })

/** A control plane that has what it is posted, unless it is away. */
function receiver() {
  const received: HostReport[] = []
  const state = { isAway: false }
  const reports = new HostReports(async (report) => {
    if (state.isAway) throw new Error('away')
    received.push(report)
  })
  return { received, state, reports }
}

test('nothing is sent before the control plane is connected, then the newest of everything', async () => {
  const { received, reports } = receiver()
  reports.add(carriers('old'))
  reports.add(carriers(null))
  reports.add(failedOver('1'))
  reports.add(failedOver('2', '3'))
  reports.add(answer('x'))
  expect(received).toEqual([])
  reports.connected()
  await vi.waitFor(() =>
    expect(received).toEqual([answer('x'), carriers(null), failedOver('1', '2', '3')]),
  )
})

test('a control plane that is back may know nothing: it gets the states again, and failovers once', async () => {
  const { received, reports } = receiver()
  reports.connected()
  reports.add(carriers(null))
  reports.add(failedOver('1'))
  await vi.waitFor(() => expect(received).toHaveLength(2))
  reports.away()
  reports.add(failedOver('2'))
  reports.connected()
  await vi.waitFor(() => expect(received.slice(2)).toEqual([carriers(null), failedOver('2')]))
})

test('what could not be delivered is delivered later', async () => {
  const { received, state, reports } = receiver()
  reports.connected()
  state.isAway = true
  reports.add(answer('x'))
  reports.add(failedOver('1'))
  state.isAway = false
  await vi.waitFor(() => expect(received).toEqual([answer('x'), failedOver('1')]), 5000)
})
