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

test('a reader of all load balancers is woken by a changed state, not by counters', async () => {
  const { changes, receive, wakeUps } = await setUp(null)
  receive(x)
  expect([wakeUps(), changes.takeChanged(), changes.figures]).toEqual([1, ['x'], false])
  receive({ ...x, counters })
  expect([wakeUps(), changes.takeChanged(), changes.figures]).toEqual([1, [], false])
  receive({ ...x, active: true })
  expect([wakeUps(), changes.takeChanged()]).toEqual([2, ['x']])
})

test('a reader of one load balancer is woken by its counters too, and by no other', async () => {
  const { changes, receive, wakeUps } = await setUp('x')
  receive(lbReport({ lb_id: 'y' }))
  expect([wakeUps(), changes.figures]).toEqual([0, false])
  receive(x)
  expect([wakeUps(), changes.takeChanged(), changes.figures]).toEqual([1, ['x'], true])
  receive({ ...x, counters })
  expect([wakeUps(), changes.takeChanged()]).toEqual([2, []])
})
