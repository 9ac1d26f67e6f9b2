import { expect, test } from 'vitest'
import type { LbReport } from '#lib/protocol/report.ts'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import { testRegistry } from '#lib/testing/control-plane/test-nodes.ts'
import { Fleet } from '../nodes/observed/fleet.ts'
import { StateChanges } from './state-changes.ts'

async function setUp(lbId: string | null) {
  const registry = await testRegistry()
  const [node] = registry.all()
  if (!node) throw new Error('no node')
  const fleet = new Fleet(registry)
  let wakeUps = 0
  const changes = new StateChanges(fleet, lbId, 10, () => {
    wakeUps += 1
  })
  const receive = (report: LbReport) => fleet.receive(node, 1, { lbs: [report] })
  return { changes, receive, wakeUps: () => wakeUps }
}

const x = lbReport({ lb_id: 'x' })
const counters = { ...x.counters, requests_total: 7 }

test('a reader of all load balancers wakes for a changed state, not for counters', async () => {
  const { changes, receive, wakeUps } = await setUp(null)
  receive(x)
  expect([wakeUps(), changes.takeChanged(), changes.reported]).toEqual([1, ['x'], false])
  receive({ ...x, counters })
  expect([wakeUps(), changes.takeChanged(), changes.reported]).toEqual([1, [], false])
  receive({ ...x, active: true })
  expect([wakeUps(), changes.takeChanged()]).toEqual([2, ['x']])
})

test('a reader of one load balancer also wakes for its counters, and for no other load balancer', async () => {
  const { changes, receive, wakeUps } = await setUp('x')
  receive(lbReport({ lb_id: 'y' }))
  expect([wakeUps(), changes.reported]).toEqual([0, false])
  receive(x)
  expect([wakeUps(), changes.takeChanged(), changes.reported]).toEqual([1, ['x'], true])
  receive({ ...x, counters })
  expect([wakeUps(), changes.takeChanged()]).toEqual([2, []])
})
