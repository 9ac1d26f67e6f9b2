import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HEARTBEAT_INTERVAL_MS } from '#lib/config/supervision.ts'
import { HeartbeatMonitor, MISSED_HEARTBEATS_MAX } from './heartbeat-monitor.ts'

const LIMIT_MS = HEARTBEAT_INTERVAL_MS * (MISSED_HEARTBEATS_MAX + 1)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a process that falls silent is hung, once', () => {
  const onHung = vi.fn()
  const monitor = new HeartbeatMonitor(onHung)
  monitor.beat()
  vi.advanceTimersByTime(LIMIT_MS - 1)
  expect(onHung).not.toHaveBeenCalled()
  vi.advanceTimersByTime(LIMIT_MS * 3)
  expect(onHung).toHaveBeenCalledOnce()
})

test('a process that beats, has not started yet, or has ended is not hung', () => {
  const onHung = vi.fn()
  const monitor = new HeartbeatMonitor(onHung)
  vi.advanceTimersByTime(LIMIT_MS * 2)
  for (let beats = 0; beats < 10; beats++) {
    monitor.beat()
    vi.advanceTimersByTime(LIMIT_MS / 2)
  }
  monitor.stop()
  vi.advanceTimersByTime(LIMIT_MS * 2)
  expect(onHung).not.toHaveBeenCalled()
})
