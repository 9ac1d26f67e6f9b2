import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { HangReason } from '#lib/protocol/quarantine.ts'
import { LOOPING_FACTOR, STARVED_FACTOR } from './hang.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'
import type { ThreadState } from './run-state.ts'

const HEARTBEAT_MS = 50
const HUNG_AFTER_MS = 400
const LIMIT_MS = HUNG_AFTER_MS + HEARTBEAT_MS

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** @param share of a CPU that the process gets */
function watch(state: ThreadState = 'sleeping', share = 0) {
  const hangs: HangReason[] = []
  const onRecovered = vi.fn()
  let allowed = true
  const started = performance.now()
  const states = { now: state }
  const monitor = new HeartbeatMonitor({
    heartbeatMs: HEARTBEAT_MS,
    hungAfterMs: HUNG_AFTER_MS,
    stateOf: () => ({ state: states.now, cpuMs: (performance.now() - started) * share }),
    mayKill: () => allowed,
    onHung: (reason) => hangs.push(reason),
    onRecovered,
  })
  const allow = (may: boolean) => {
    allowed = may
  }
  return { hangs, monitor, allow, onRecovered, states }
}

test.each(['sleeping', 'stopped'] as const)(
  'a silent %s process is reported as hung once',
  (state) => {
    const { hangs, monitor } = watch(state)
    monitor.beat()
    vi.advanceTimersByTime(LIMIT_MS - 1)
    expect(hangs).toEqual([])
    vi.advanceTimersByTime(LIMIT_MS * 3)
    expect(hangs).toEqual([state === 'stopped' ? 'stopped' : 'silent'])
  },
)

test('a running process loops once it has used enough CPU time', () => {
  const { hangs, monitor } = watch('runnable', 1)
  monitor.beat()
  vi.advanceTimersByTime(HUNG_AFTER_MS * LOOPING_FACTOR)
  expect(hangs).toEqual([])
  vi.advanceTimersByTime(3 * HEARTBEAT_MS)
  expect(hangs[0]).toBe('looping')
})

test.each(['runnable', 'disk'] as const)(
  'a process that waits for a CPU or a disk (%s) has a longer limit',
  (state) => {
    const { hangs, monitor } = watch(state, 0.05)
    monitor.beat()
    vi.advanceTimersByTime(HUNG_AFTER_MS * STARVED_FACTOR)
    expect(hangs).toEqual([])
    vi.advanceTimersByTime(HEARTBEAT_MS)
    expect(hangs[0]).toBe('starved')
  },
)

test('a process that waits for a CPU and sleeps now and then is not hung', () => {
  const { hangs, monitor, states } = watch('runnable')
  monitor.beat()
  for (let waited = 0; waited < HUNG_AFTER_MS * STARVED_FACTOR; waited += HUNG_AFTER_MS) {
    states.now = 'sleeping'
    vi.advanceTimersByTime(HUNG_AFTER_MS - HEARTBEAT_MS)
    states.now = 'runnable'
    vi.advanceTimersByTime(HEARTBEAT_MS)
  }
  expect(hangs).toEqual([])
})

test('a sleeping process that has used the CPU since the last tick is not hung', () => {
  const { hangs, monitor } = watch('sleeping', 0.2)
  monitor.beat()
  vi.advanceTimersByTime(HUNG_AFTER_MS * 4)
  expect(hangs).toEqual([])
})

test('a process with heartbeats in time is not hung', () => {
  const { hangs, monitor } = watch()
  for (let beat = 0; beat < 20; beat += 1) {
    monitor.beat()
    vi.advanceTimersByTime(HUNG_AFTER_MS - 1)
  }
  expect(hangs).toEqual([])
  expect(monitor.isBeating).toBe(true)
})

test('the last heartbeat of a hung process is known until it has ended', () => {
  const { hangs, monitor } = watch()
  expect(monitor.lastBeatAt).toBeNull()
  monitor.beat()
  const heardAt = performance.now()
  vi.advanceTimersByTime(LIMIT_MS * 3)
  expect([hangs, monitor.lastBeatAt]).toEqual([['silent'], heardAt])
  monitor.stop()
  expect(monitor.lastBeatAt).toBeNull()
})

test('a hung process is killed once that is allowed, unless it recovers', () => {
  const { hangs, monitor, allow, onRecovered } = watch()
  allow(false)
  monitor.beat()
  vi.advanceTimersByTime(LIMIT_MS * 3)
  expect(monitor.isBeating).toBe(false)
  monitor.beat()
  expect(onRecovered).toHaveBeenCalledOnce()
  vi.advanceTimersByTime(LIMIT_MS * 3)
  expect(hangs).toEqual([])
  allow(true)
  vi.advanceTimersByTime(HEARTBEAT_MS)
  expect(hangs).toHaveLength(1)
})

test('the watch starts with the first heartbeat and ends with the process', () => {
  const { hangs, monitor } = watch()
  vi.advanceTimersByTime(LIMIT_MS * 3)
  monitor.beat()
  monitor.stop()
  vi.advanceTimersByTime(LIMIT_MS * 3)
  expect(hangs).toEqual([])
  expect(monitor.isBeating).toBe(false)
})
