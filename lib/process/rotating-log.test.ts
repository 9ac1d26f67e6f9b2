import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LOGS_KEPT, RotatingLog } from './rotating-log.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-log-'))
  path = join(directory, 'logs', 'x.log')
})
afterEach(() => rmSync(directory, { recursive: true }))

const names = () => readdirSync(join(directory, 'logs')).sort()
const linesOf = (name: string) => readFileSync(join(directory, 'logs', name), 'utf8').split('\n')

test('a log is rotated before it exceeds its size, and only the newest are kept', () => {
  const log = new RotatingLog(path, 100)
  for (let number = 100; number < 200; number += 1) log.write(`line ${number}\n`)
  const kept = Array.from({ length: LOGS_KEPT }, (_, index) => `x.log.${index + 1}`)
  expect(names()).toEqual(['x.log', ...kept])
  for (const name of names()) {
    expect(statSync(join(directory, 'logs', name)).size).toBeLessThanOrEqual(100)
    expect(statSync(join(directory, 'logs', name)).mode & 0o077).toBe(0)
  }
  // No line in between is lost, and the newest is in the current log.
  const all = [...kept.toReversed(), 'x.log'].flatMap((name) => linesOf(name).filter(Boolean))
  expect(all.at(-1)).toBe('line 199')
  expect(all).toEqual(all.map((_, index) => `line ${200 - all.length + index}`))
  log.close()
})

test('a log that is too large already is rotated at the first line', () => {
  new RotatingLog(path, 100).write('a\n')
  writeFileSync(path, 'b'.repeat(200))
  new RotatingLog(path, 100).write('c\n')
  expect([linesOf('x.log')[0], linesOf('x.log.1')[0]]).toEqual(['c', 'b'.repeat(200)])
})

test('a writer continues in the new file after another process has rotated the log', () => {
  const [one, other] = [new RotatingLog(path, 50), new RotatingLog(path, 50)]
  one.write('one\n')
  other.write(`${'x'.repeat(48)}\n`)
  one.write('one again\n')
  expect(linesOf('x.log.1').filter(Boolean)).toEqual(['x'.repeat(48)])
  expect(linesOf('x.log').filter(Boolean)).toEqual(['one again'])
})

test('a deleted log is created again, and one that can’t be written only loses lines', () => {
  const log = new RotatingLog(path, 100)
  log.write('a\n')
  rmSync(path)
  log.write('b\n')
  expect(linesOf('x.log')[0]).toBe('b')
  writeFileSync(join(directory, 'file'), '')
  expect(() => new RotatingLog(join(directory, 'file', 'x.log')).write('c\n')).not.toThrow()
})

test("a process's logger and its output both rotate while it runs", async () => {
  const module = new URL('./log-output.ts', import.meta.url).href
  const source = `
    const { divertToLog, LOG_OUTPUT } = await import(${JSON.stringify(module)})
    divertToLog(process.stdout)
    for (let n = 0; n < 12; n += 1) {
      LOG_OUTPUT.write('l'.repeat(1024 * 1024 - 1) + '\\n')
      process.stdout.write('o'.repeat(1024 * 1024 - 1) + '\\n')
    }`
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', source]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, FAIRLEAD_LOG_FILE: path },
    stdio: 'inherit',
  })
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(names()).toEqual(['x.log', 'x.log.1', 'x.log.2'])
  expect(names().map((name) => statSync(join(directory, 'logs', name)).size / 2 ** 20)).toEqual([
    4, 10, 10,
  ])
})
