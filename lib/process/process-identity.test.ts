import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { isRunning, processIdentity } from '#lib/process/process-identity.ts'

const canUnshare = process.getuid?.() === 0
let child: ChildProcess | undefined
afterEach(() => child?.kill('SIGKILL'))

test('the identity is stable while a process runs, and unique', async () => {
  child = spawn('sleep', ['60'])
  const pid = child.pid as number
  const identity = processIdentity(pid) as string
  expect(identity).toMatch(/^[\w-]{6}$/)
  expect(isRunning(pid, identity)).toBe(true)
  expect(processIdentity(process.pid)).not.toBe(identity)
  expect(isRunning(process.pid, identity)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect([processIdentity(pid), isRunning(pid, identity)]).toEqual([null, false])
})

test('a zombie does not count as running', async () => {
  // The shell execs another program, which never waits for its child.
  child = spawn('/bin/sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [said] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  const pid = Number(said)
  await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ')
  expect(processIdentity(pid)).toBe(null)
})

test.runIf(canUnshare)('process 1 of one container is not process 1 of the next', () => {
  const source = `import { processIdentity } from '#lib/process/process-identity.ts'
    console.log(process.pid, processIdentity(1))`
  const identityIn = (...options: string[]) => {
    const node = [process.execPath, '--input-type=module', '--eval', source]
    return spawnSync('unshare', ['--pid', '--fork', ...options, ...node], {
      encoding: 'utf8',
    }).stdout.trim()
  }
  const [one, other] = [identityIn('--mount-proc'), identityIn('--mount-proc')]
  expect(one).toMatch(/^1 [\w-]{6}$/)
  expect(other).toMatch(/^1 [\w-]{6}$/)
  expect(other).not.toBe(one)
  // If /proc shows another namespace's processes, it says nothing about this one's.
  expect(identityIn()).toBe('1 null')
})
