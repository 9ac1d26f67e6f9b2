import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { runStateOf } from './run-state.ts'

const soon = { timeout: 20_000 }

test('a busy process is runnable and gains CPU time, a stopped one gains none', async () => {
  const child = spawn(process.execPath, ['-e', 'for (;;);'])
  await vi.waitFor(() => expect(runStateOf(child.pid).cpuMs).toBeGreaterThan(50), soon)
  await vi.waitFor(() => expect(runStateOf(child.pid).state).toBe('runnable'), soon)
  child.kill('SIGSTOP')
  await vi.waitFor(() => expect(runStateOf(child.pid).state).toBe('stopped'), soon)
  const { cpuMs } = runStateOf(child.pid)
  expect(runStateOf(child.pid)).toEqual({ state: 'stopped', cpuMs })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(runStateOf(child.pid).state).toBe('gone')
  expect(runStateOf(undefined).state).toBe('gone')
})

test('a process whose main thread waits sleeps, whatever its other threads do', async () => {
  const source =
    "const { Worker } = require('node:worker_threads'); new Worker('for (;;);', { eval: true })"
  const child = spawn(process.execPath, ['-e', source])
  await vi.waitFor(() => expect(runStateOf(child.pid).state).toBe('sleeping'), soon)
  child.kill('SIGKILL')
  await once(child, 'exit')
})
