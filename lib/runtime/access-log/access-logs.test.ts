import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '#lib/testing/runtime/running-lb.ts'
import { simulateDelay } from '#lib/testing/wait.ts'
import { type AccessLogSettings, AccessLogs } from './access-logs.ts'
import { FILES_KEPT } from './log-file.ts'

const LB = 'lb-1'
let directory: string
let path: string
/** The log of the process. */
let logged: { msg: string; dropped?: number }[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-access-log-'))
  path = join(directory, LB, 'node.log')
  logged = []
})
afterEach(() => rm(directory, { recursive: true }))

function open(limits: Partial<AccessLogSettings> = {}) {
  const log = pino({}, { write: (line) => logged.push(JSON.parse(line)) })
  const logs = new AccessLogs({ directory, node: 'node', worker: 1, ...limits }, log)
  return { logs, file: logs.fileOf(LB) }
}

const numbers = (text: string): number[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).n)
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

test('lines are written soon, in order, and only the user can read them', async () => {
  const { file } = open()
  for (const n of upTo(100)) file.append(`{"n":${n}`)
  await until(async () => (await readFile(path, 'utf8').catch(() => '')) !== '')
  const text = await readFile(path, 'utf8')
  expect(numbers(text)).toEqual(upTo(100))
  expect(text).toMatch(/^{"n":0,"lb_id":"lb-1","node":"node"}\n/)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700)
})

test('a load balancer without a line has no file', async () => {
  const { logs } = open()
  await logs.settled()
  expect(await readdir(directory)).toEqual([])
})

test("a node's workers each have their own files", async () => {
  const { logs, file } = open({ worker: 2 })
  file.append('{"n":0')
  await logs.settled()
  const text = await readFile(join(directory, LB, 'node-2.log'), 'utf8')
  expect(text).toBe('{"n":0,"lb_id":"lb-1","node":"node"}\n')
})

test('a full file is rotated, and a limited number of files is kept', async () => {
  const { logs, file } = open({ fileMaxBytes: 1000 })
  for (const n of upTo(200)) {
    file.append(`{"n":${n}`)
    if (n % 5 === 4) await logs.settled()
  }
  const names = (await readdir(dirname(path))).sort()
  const aside = upTo(FILES_KEPT).map((number) => `node.log.${number + 1}`)
  expect(names).toEqual(['node.log', ...aside])
  const oldestFirst = [...names].reverse()
  const texts = await Promise.all(
    oldestFirst.map((name) => readFile(join(dirname(path), name), 'utf8')),
  )
  for (const text of texts) expect(text.length).toBeLessThanOrEqual(1000)
  const kept = numbers(texts.join(''))
  expect(kept).toEqual(upTo(200).slice(-kept.length))
  expect(kept.length).toBeGreaterThan(50)
})

test('the next process appends to the file, even if the former one ended in the middle of a line', async () => {
  const first = open()
  first.file.append('{"n":0')
  await first.logs.settled()
  await writeFile(path, '{"n":1,"half', { flag: 'a' })
  const next = open()
  next.file.append('{"n":2')
  await next.logs.settled()
  expect((await readFile(path, 'utf8')).split('\n').map((line) => line.slice(0, 7))).toEqual([
    '{"n":0,',
    '{"n":1,',
    '{"n":2,',
    '',
  ])
})

test('a file that another program moves away is created anew', async () => {
  const { logs, file } = open()
  file.append('{"n":0')
  await logs.settled()
  await rename(path, join(directory, 'moved'))
  file.append('{"n":1')
  await logs.settled()
  expect(numbers(await readFile(path, 'utf8'))).toEqual([1])
})

test('on a full disk lines beyond the buffer are dropped, one error is logged, and no line is written twice', async () => {
  await mkdir(dirname(path))
  await symlink('/dev/full', path)
  const { logs, file } = open({ unwrittenMaxBytes: 10_000 })
  for (const n of upTo(1000)) {
    file.append(`{"n":${n}`)
    if (n % 300 === 0) await logs.settled()
  }
  await logs.settled()
  expect(file.dropped).toBeGreaterThan(500)
  expect(logged.map(({ msg }) => msg)).toEqual([
    "the access log can't be written",
    'access log lines are dropped',
  ])
  const { dropped } = file
  await unlink(path)
  await logs.settled()
  file.append('{"n":1000')
  await logs.settled()
  expect(numbers(await readFile(path, 'utf8'))).toEqual([...upTo(1000 - dropped), 1000])
  expect(logged.at(-1)).toMatchObject({ msg: 'the access log can be written again', dropped })
})

test('a slow disk does not block', async () => {
  // A pipe takes 64 KiB and then blocks until it is read.
  await mkdir(dirname(path))
  execFileSync('mkfifo', [path])
  const { logs, file } = open({ unwrittenMaxBytes: 300_000 })
  for (const n of upTo(20_000)) {
    file.append(`{"n":${n}`)
    if (n % 1000 === 0) await simulateDelay(1)
  }
  expect(file.dropped).toBeGreaterThan(1000)
  let text = ''
  // Opened for writing too, the pipe has no end of file.
  const reader = createReadStream(path, { flags: 'r+', encoding: 'latin1' })
  reader.on('data', (data) => {
    text += data
  })
  await logs.settled()
  await until(() => text.split('\n').length - 1 === 20_000 - file.dropped)
  reader.destroy()
  await writeFile(path, 'ends the last read')
  const written = numbers(text)
  expect(new Set(written).size).toBe(written.length)
})
