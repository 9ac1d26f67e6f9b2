import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { waitFor } from '#lib/testing/wait.ts'
import { isRunning } from '../support/process-tree.ts'
import { occupyCores } from './busy-cores.ts'
import { playwrightSuite, vitestSuite } from './run-tests.ts'
import { writeSmallSuite } from './small-suite.ts'
import { runRounds, stressText } from './stress-test.ts'

test('the failures of each test are counted over all rounds', { timeout: 240_000 }, async () => {
  const NOTE = `import { note } from './notes.ts'\n`
  const { root, remove } = writeSmallSuite({
    'sometimes.test.ts': `${NOTE}
      test('now and then', () => { expect(note('now')).not.toBe(2) })
      test('never', () => { note('never') })`,
    'always.test.ts': `test('always', () => { throw new Error('always') })`,
    'other.test.ts': `test('not selected', () => { throw new Error('selected') })`,
    'always.spec.ts': `import { test } from '@playwright/test'\n${NOTE}
      test('a page', () => { if (note('page') === 1) throw new Error('first page') })`,
  })
  const suites = [
    vitestSuite('small', { root, quiet: true }),
    playwrightSuite('playwright.config.ts', { root, quiet: true }),
  ]
  const seen: number[] = []
  const result = await runRounds(suites, 3, { path: 'ways' }, ({ rounds }) => seen.push(rounds))
  expect(seen).toEqual([1, 2, 3])
  expect(stressText(result)).toMatch(/^3 of 3 failed: vitest, small › always\.test\.ts › always$/m)
  expect(stressText(result)).toMatch(
    /^1 of 3 failed: playwright › \[wide\] always\.spec\.ts › a page$/m,
  )
  expect(stressText(result).split('\n').at(-1)).toBe('3 rounds: 5 passed, 4 failed')

  const named = await runRounds(suites, 3, { testName: 'never|not selected' }, () => {})
  expect(stressText(named)).toMatch(
    /^3 of 3 failed: vitest, small › other\.test\.ts › not selected$/m,
  )
  expect(stressText(named).split('\n').at(-1)).toBe('3 rounds: 3 passed, 3 failed')
  remove()
})

test('busy processes are stopped', async () => {
  const { pids, stop } = await occupyCores(2)
  expect(pids.every(isRunning)).toBe(true)
  // One that has exited already does not block.
  process.kill(pids[0] as number, 'SIGKILL')
  await waitFor('it has ended', () => !isRunning(pids[0] as number))
  await stop()
  expect(pids.some(isRunning)).toBe(false)
})

test('busy processes end when their parent is killed', async () => {
  const script = `
    import { occupyCores } from '${import.meta.dirname}/busy-cores.ts'
    console.log((await occupyCores(2)).pids.join(' '))`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(parent.stdout), 'line')
  const pids = String(line).split(' ').map(Number)
  expect(pids.every(isRunning)).toBe(true)
  parent.kill('SIGKILL')
  await waitFor('the busy processes have ended', () => !pids.some(isRunning))
})

test('a run that is stopped leaves no process of its tests behind', async () => {
  const { root, remove } = writeSmallSuite({
    'starts.test.ts': `
      import { spawn } from 'node:child_process'
      import { writeFileSync } from 'node:fs'
      test('starts a process in its own group', async () => {
        const { pid } = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
        writeFileSync(import.meta.dirname + '/pid', String(pid))
        await new Promise(() => {})
      })`,
  })
  const script = `
    import { runTests, vitestSuite } from '${import.meta.dirname}/run-tests.ts'
    await runTests(vitestSuite('small', { root: '${root}', quiet: true }))`
  const run = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  const pid = await waitFor('the test has started it', () => readPid(root), 60_000)
  expect(isRunning(pid)).toBe(true)
  run.kill('SIGTERM')
  await waitFor('all have ended', () => !isRunning(pid) && run.exitCode !== null)
  expect(run.exitCode).toBe(1)
  remove()
})

/** The PID that the test has written; null until then. */
function readPid(root: string): number | null {
  const path = join(root, 'pid')
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) || null : null
}
