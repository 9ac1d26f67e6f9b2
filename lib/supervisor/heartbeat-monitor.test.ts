import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BUSY_PATIENCE, HeartbeatMonitor } from './heartbeat-monitor.ts'
import type { RunState } from './run-state.ts'

const HEARTBEAT_MS = 50
const HUNG_AFTER_MS = 400
const LIMIT_MS = HUNG_AFTER_MS + HEARTBEAT_MS

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function watch(state: RunState = 'idle') {
  const onHung = vi.fn()
  const times = { heartbeatMs: HEARTBEAT_MS, hungAfterMs: HUNG_AFTER_MS }
  return { onHung, monitor: new HeartbeatMonitor({ ...times, stateOf: () => state, onHung }) }
}

test('a process that falls silent is hung, once, since it was last heard', () => {
  const { onHung, monitor } = watch()
  monitor.beat()
  vi.advanceTimersByTime(LIMIT_MS - 1)
  expect(onHung).not.toHaveBeenCalled()
  vi.advanceTimersByTime(LIMIT_MS * 3)
  expect(onHung.mock.calls).toEqual([[LIMIT_MS]])
})

test('one that is busy is given longer, but not for ever', () => {
  const { onHung, monitor } = watch('busy')
  monitor.beat()
  vi.advanceTimersByTime(HUNG_AFTER_MS * BUSY_PATIENCE)
  expect(onHung).not.toHaveBeenCalled()
  vi.advanceTimersByTime(HEARTBEAT_MS)
  expect(onHung).toHaveBeenCalledOnce()
})

test('a process that beats, has not started yet, or has ended is not hung', () => {
  const { onHung, monitor } = watch()
  vi.advanceTimersByTime(LIMIT_MS * 2)
  for (let beats = 0; beats < 10; beats++) {
    monitor.beat()
    vi.advanceTimersByTime(LIMIT_MS / 2)
  }
  monitor.stop()
  vi.advanceTimersByTime(LIMIT_MS * 2)
  expect(onHung).not.toHaveBeenCalled()
})
