import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isRunning, processIdentity } from '#lib/process/process-identity.ts'

const SCRIPT = join(import.meta.dirname, 'console-build.sh')

/** Runs a command the way the console's build is run. */
function run(command: string) {
  const args = [SCRIPT, 'sh', '-c', command]
  return spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
}

test('the build’s exit code is passed on, and others can read its files', async () => {
  const build = run('umask; exit 3')
  const output = once(build.stdout, 'data')
  expect(await once(build, 'close')).toEqual([3, null])
  expect(String(await output).trim()).toBe('0022')
})

test('the build and its children end with the process that started it', async () => {
  const build = run('sleep 60 & echo $!; wait')
  const [said] = await once(build.stdout, 'data')
  const pid = Number(said)
  const identity = processIdentity(pid) as string
  expect(isRunning(pid, identity)).toBe(true)
  // As if the process at the other end of the pipe was killed.
  build.stdin.destroy()
  expect(await once(build, 'exit')).toEqual([null, 'SIGTERM'])
  await expect.poll(() => isRunning(pid, identity)).toBe(false)
})
