import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UNCAUGHT_MAX } from './last-resort.ts'

const NODE = join(import.meta.dirname, '../../node_modules/.bin/node')

/** Runs a process with the last resort installed. It prints its fault counts and exits. */
function run(program: string, { isReady = true, recover = '() => {}' } = {}) {
  const text = `
    const { faultCounts, onFault } = await import('#lib/process/faults.ts')
    const { installLastResort } = await import('#lib/process/last-resort.ts')
    onFault(() => {})
    installLastResort({ name: 'fairlead test', isReady: () => ${isReady}, recover: ${recover} })
    const fail = () => { throw new Error('boom') }
    ${program}
    setTimeout(() => {
      console.log(faultCounts().map(({ boundary, total }) => boundary + ' ' + total).join())
      process.exit(0)
    }, 50)`
  const { status, stdout, stderr } = spawnSync(NODE, ['--input-type=module', '--eval', text], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  })
  return { status, stdout: stdout.trim(), stderr: stderr.trim() }
}

const throwTimes = (times: number) => `for (let n = 0; n < ${times}; n += 1) setTimeout(fail)`

test('an uncaught exception is counted, and the process goes on', () => {
  const run1 = run(throwTimes(UNCAUGHT_MAX - 1))
  expect(run1).toEqual({ status: 0, stdout: `uncaught ${UNCAUGHT_MAX - 1}`, stderr: '' })
})

test('at the tenth within a minute the process exits with a one-line reason', () => {
  expect(run(throwTimes(UNCAUGHT_MAX))).toEqual({
    status: 1,
    stdout: '',
    stderr: 'fairlead test ends: 10 uncaught exceptions within a minute, the last: boom',
  })
})

test('rejections are counted and never end the process', () => {
  const reject = `for (let n = 0; n < 30; n += 1) Promise.reject(new Error('boom'))`
  expect(run(reject)).toEqual({ status: 0, stdout: 'uncaught 30', stderr: '' })
})

test('output to a closed pipe is lost, and is not an exception', async () => {
  const program = `
    const { faultCounts, onFault } = await import('#lib/process/faults.ts')
    const { installLastResort } = await import('#lib/process/last-resort.ts')
    onFault((fault) => process.stderr.write(String(fault)))
    installLastResort({ name: 'fairlead test', isReady: () => true })
    process.on('message', () => {
      let lines = 0
      const timer = setInterval(() => {
        process.stdout.write('line\\n')
        process.stderr.write('line\\n')
        lines += 1
        if (lines < ${2 * UNCAUGHT_MAX}) return
        clearInterval(timer)
        process.send(faultCounts(), () => process.exit(0))
      })
    })
    process.send('ready')`
  const child = spawn(NODE, ['--input-type=module', '--eval', program], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const exited = once(child, 'exit')
  await once(child, 'message')
  child.stdout?.destroy()
  child.stderr?.destroy()
  const counts = once(child, 'message')
  child.send('write')
  expect(await exited).toEqual([0, null])
  expect((await counts)[0]).toEqual([])
})

test('one is enough before the process is ready, or if it can’t recover', () => {
  expect(run(throwTimes(1), { isReady: false })).toMatchObject({
    status: 1,
    stderr: 'fairlead test ends: boom',
  })
  const recover = `() => { throw new Error('all is lost') }`
  expect(run(throwTimes(1), { recover })).toMatchObject({
    status: 1,
    stderr: 'fairlead test ends: it could not recover from an exception (boom): all is lost',
  })
})
