import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { faultLog } from './fault-log.ts'
import {
  contain,
  detach,
  type FaultCount,
  faultCounts,
  faultMessage,
  forEachContained,
  onFault,
} from './faults.ts'

const reported: { fault: unknown; count: FaultCount }[] = []
beforeEach(() => {
  reported.length = 0
  onFault((fault, count) => reported.push({ fault, count }))
})
afterEach(() => onFault(null))

const boom = new Error('boom')
const fail = () => {
  throw boom
}
const totalOf = (boundary: string) =>
  faultCounts().find((one) => one.boundary === boundary)?.total ?? 0

test('a fault calls `fail` with the callback’s arguments, and is counted', () => {
  const before = totalOf('memory')
  const failed = vi.fn()
  contain('memory', (_name: string) => fail(), failed)('x')
  expect(failed).toHaveBeenCalledWith(boom, 'x')
  expect(reported).toEqual([
    { fault: boom, count: expect.objectContaining({ boundary: 'memory', words: 'boom' }) },
  ])
  expect(totalOf('memory')).toBe(before + 1)
})

test('if `fail` throws too, both are counted and nothing escapes', () => {
  const before = totalOf('memory')
  contain('memory', fail, fail)()
  expect(totalOf('memory')).toBe(before + 2)
})

test('detach contains a rejection and a synchronous exception', async () => {
  const failed = vi.fn()
  detach('memory', async () => fail(), failed)
  detach('memory', fail as never, failed)
  await vi.waitFor(() => expect(failed).toHaveBeenCalledTimes(2))
  expect(reported).toHaveLength(2)
})

test('forEachContained goes on after a member that throws', () => {
  const done: number[] = []
  const failed: number[] = []
  forEachContained(
    'memory',
    [1, 2, 3],
    (one) => (one === 2 ? fail() : done.push(one)),
    (_fault, one) => failed.push(one),
  )
  expect([done, failed]).toEqual([[1, 3], [2]])
})

test.each([
  [new Error('one\nline\u0000'), 'one line '],
  [new TypeError(''), 'TypeError'],
  ['text', 'text'],
  [undefined, 'undefined'],
  [new Error('x'.repeat(500)), 'x'.repeat(200)],
])('the message of %o', (fault, words) => {
  expect(faultMessage(fault)).toBe(words)
})

test('the log has at most one fault per second and boundary, with the total', () => {
  const write = vi.fn()
  onFault(faultLog(write))
  for (let number = 0; number < 50; number += 1) contain('memory', fail)()
  contain('heartbeat', fail)()
  expect(write.mock.calls.map(([, { boundary }]) => boundary)).toEqual(['memory', 'heartbeat'])
})
