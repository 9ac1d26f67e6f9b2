import { afterEach, beforeEach, expect, test } from 'vitest'
import { claim, recordedWorker } from '#lib/testing/supervisor/recorded-worker.ts'
import { InProcessOwnership } from './address-ownership/in-process-ownership.ts'
import { executeOrder, isSwitchoverOrder } from './switchover-orders.ts'

const LBS = ['lb-1', 'lb-2', 'lb-3']
const a = recordedWorker('fr-par-a')
const b = recordedWorker('fr-par-b')

let ownership: InProcessOwnership

beforeEach(() => {
  ownership = new InProcessOwnership()
  for (const [index, lbId] of LBS.entries()) ownership.claim(a, claim([8151 + index], lbId))
  ownership.claim(b, claim([8151], 'lb-1'))
})
afterEach(() => ownership.close())

function confirm(lbId: string): void {
  ownership.stoppedAccepting(a, lbId)
  ownership.accepting(b, lbId)
}

test('an order for one load balancer is answered with its failover, or with the problem', async () => {
  const order = (lb_id: string) => ({ type: 'switch_over', id: `order ${lb_id}`, lb_id }) as const
  const answer = executeOrder(ownership, order('lb-1'))
  confirm('lb-1')
  expect(await answer).toEqual({
    type: 'moved',
    id: 'order lb-1',
    failovers: [expect.objectContaining({ lb_id: 'lb-1', from: 'a', to: 'b', reason: 'planned' })],
    problem: null,
  })
  expect(await executeOrder(ownership, order('lb-2'))).toEqual({
    type: 'moved',
    id: 'order lb-2',
    failovers: [],
    problem: 'The instance of cluster b is not ready to take over.',
  })
})

test('the answer for a node says how many load balancers stay where they are, and why', async () => {
  const order = { type: 'drain_node', id: 'drain', node: 'fr-par-a' } as const
  const answer = executeOrder(ownership, order)
  confirm('lb-1')
  const problem =
    '2 of 3 load balancers stay where they are. The instance of cluster b is not ready to take over.'
  expect(await answer).toMatchObject({ failovers: [{ lb_id: 'lb-1' }], problem })
})

test('masters get their addresses back', async () => {
  const drained = executeOrder(ownership, { type: 'drain_node', id: '1', node: 'fr-par-a' })
  confirm('lb-1')
  await drained
  const answer = executeOrder(ownership, { type: 'rebalance', id: '2', region: 'fr-par' })
  ownership.stoppedAccepting(b, 'lb-1')
  ownership.accepting(a, 'lb-1')
  expect(await answer).toMatchObject({ failovers: [{ from: 'b', to: 'a' }], problem: null })
})

test('other messages of the control plane are no orders', () => {
  expect(isSwitchoverOrder({ type: 'ready' })).toBe(false)
  expect(isSwitchoverOrder({ type: 'rebalance', id: '1', region: 'fr-par' })).toBe(true)
})
