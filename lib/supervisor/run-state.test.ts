import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { runStateOf } from './run-state.ts'

test('a process that computes is busy, one that is stopped or gone is idle', async () => {
  const child = spawn(process.execPath, ['-e', 'for (;;);'])
  await vi.waitFor(() => expect(runStateOf(child.pid)).toBe('busy'), { timeout: 8000 })
  child.kill('SIGSTOP')
  await vi.waitFor(() => expect(runStateOf(child.pid)).toBe('idle'), { timeout: 8000 })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(runStateOf(child.pid)).toBe('idle')
  expect(runStateOf(undefined)).toBe('idle')
})
