import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import type { HangReason } from '#lib/protocol/quarantine.ts'
import { LOOPING_FACTOR } from './hang.ts'
import { HeartbeatMonitor } from './heartbeat-monitor.ts'
import { runStateOf } from './run-state.ts'

const HUNG_AFTER_MS = 400
const LOOP_MS = HUNG_AFTER_MS * LOOPING_FACTOR
const WATCH = { heartbeatMs: 50, hungAfterMs: HUNG_AFTER_MS }
const soon = { timeout: 60_000, interval: 20 }

const started: ChildProcess[] = []
const monitors: HeartbeatMonitor[] = []
afterEach(async () => {
  for (const monitor of monitors.splice(0)) monitor.stop()
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

function run(command: string, args: string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore', 'ipc'] })
  started.push(child)
  return child
}

const node = (source: string) => run(process.execPath, ['-e', source])

/** Watches a process as the supervisor does. Its messages count as heartbeats. */
function watch(child: ChildProcess): HangReason[] {
  const hangs: HangReason[] = []
  const monitor = new HeartbeatMonitor({
    ...WATCH,
    stateOf: () => runStateOf(child.pid),
    mayKill: () => true,
    onHung: (reason) => hangs.push(reason),
    onRecovered: () => {},
  })
  monitors.push(monitor)
  child.on('message', () => monitor.beat())
  return hangs
}

const BEATS = 'setInterval(() => process.send(1), 50);'

test('a stopped process hangs after the silence alone', async () => {
  const child = node(BEATS)
  const hangs = watch(child)
  await once(child, 'message')
  child.kill('SIGSTOP')
  await vi.waitFor(() => expect(hangs[0]).toBe('stopped'), soon)
})

test('a process that sleeps forever is silent', async () => {
  const block = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'
  const child = node(`${BEATS} setTimeout(() => ${block}, 200)`)
  const hangs = watch(child)
  await vi.waitFor(() => expect(hangs[0]).toBe('silent'), soon)
})

test('an endless loop is found by its CPU time', async () => {
  const child = node(`${BEATS} setTimeout(() => { for (;;); }, 200)`)
  const hangs = watch(child)
  await once(child, 'message')
  await vi.waitFor(() => expect(hangs[0]).toBe('looping'), soon)
  expect(runStateOf(child.pid).cpuMs).toBeGreaterThanOrEqual(LOOP_MS)
})

test('a process that gets no CPU has a longer limit', async () => {
  const [processor = '0'] = /^Cpus_allowed_list:\s*(\d+)/m
    .exec(readFileSync('/proc/self/status', 'utf8'))
    ?.slice(1) ?? ['0']
  const onIt = ['-c', processor]
  const loop = `${BEATS} process.once('message', () => { for (;;); })`
  const child = run('taskset', [...onIt, process.execPath, '-e', loop])
  const hangs = watch(child)
  await once(child, 'message')
  // The lowest priority, on a CPU that others keep busy.
  setPriority(child.pid as number, constants.priority.PRIORITY_LOW)
  const others = Array.from({ length: 8 }, () =>
    run('taskset', [...onIt, 'sh', '-c', 'while :; do :; done']),
  )
  await vi.waitFor(
    () => expect(others.every(({ pid }) => runStateOf(pid).cpuMs > 20)).toBe(true),
    soon,
  )
  const before = runStateOf(child.pid).cpuMs
  const began = performance.now()
  child.send('loop')
  const [silentMs, cpuMs] = [
    () => performance.now() - began,
    () => runStateOf(child.pid).cpuMs - before,
  ]
  await vi.waitFor(() => expect(hangs.length > 0 || silentMs() > LOOP_MS * 3).toBe(true), soon)
  expect({ hangs, starved: cpuMs() < LOOP_MS }).toEqual({ hangs: [], starved: true })
  // Without competition it is found to loop.
  for (const other of others) other.kill('SIGKILL')
  setPriority(child.pid as number, 0)
  await vi.waitFor(() => expect(hangs).toHaveLength(1), soon)
}, 90_000)
