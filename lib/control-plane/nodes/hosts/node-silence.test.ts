import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { NodeSilence } from './node-silence.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('a node is away after 5 s without a sign of life, and another one is not', () => {
  const silence = new NodeSilence()
  const [silent, talking] = [silence.heard('one'), silence.heard('other')]
  vi.advanceTimersByTime(4000)
  silence.heard('other')
  vi.advanceTimersByTime(500)
  expect([silent.aborted, talking.aborted]).toEqual([false, false])
  vi.advanceTimersByTime(500)
  expect([silent.aborted, talking.aborted]).toEqual([true, false])
})

test('a node that returns is heard again', () => {
  const silence = new NodeSilence()
  const before = silence.heard('one')
  vi.advanceTimersByTime(60_000)
  const after = silence.heard('one')
  vi.advanceTimersByTime(1000)
  expect([before.aborted, after.aborted]).toEqual([true, false])
})

test('a suspected node is away within 1.5 s, unless it sends something', () => {
  const silence = new NodeSilence()
  const [silent, talking] = [silence.heard('one'), silence.heard('other')]
  for (const nodeId of ['one', 'other', 'unknown']) silence.suspect(nodeId)
  vi.advanceTimersByTime(1000)
  silence.heard('other')
  silence.suspect('one')
  expect([silent.aborted, talking.aborted]).toEqual([false, false])
  vi.advanceTimersByTime(500)
  expect([silent.aborted, talking.aborted]).toEqual([true, false])
})
