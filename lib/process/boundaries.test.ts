import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { registrations, sourceFiles } from '#lib/testing/faults/boundaries.ts'

const FILES = sourceFiles(
  'lib/process',
  'lib/protocol',
  'lib/network',
  'lib/node',
  'lib/runtime',
  'lib/supervisor',
  'lib/control-plane',
  'lib/bff',
)

test('every callback of every process is contained', () => {
  const found = FILES.flatMap((file) =>
    registrations(readFileSync(file, 'utf8')).map((one) => ({ file, ...one })),
  )
  expect(found.length).toBeGreaterThan(100)
  const open = found.filter(({ problem }) => problem !== null)
  expect(
    open.map(({ file, line, kind, problem }) => `${file}:${line} ${kind}: ${problem}`),
  ).toEqual([])
})

describe('finds callbacks that are not contained', () => {
  const problem = (source: string) => registrations(source).map((one) => one.problem)

  test.each([
    'setTimeout(() => go(), 5)',
    'class A { #go() { run() } b() { setInterval(this.#go, 5) } }',
    "socket.on('data', (bytes: Buffer) => use(bytes))",
    "const use = () => go(); socket?.once('end', use)",
    "signal.addEventListener('abort', () => stop(), { once: true })",
    'handle.onread = () => read()',
    'request.oncomplete = done as never',
    'handle.onread = () => { before(); try { read() } catch (fault) { reportFault(fault) } }',
    'handle.onread = () => { try { read() } catch { ignore() } }',
    'queueMicrotask(() => { throw fault })',
    'server.listen(80, () => go())',
    'void save()',
    'save().then(() => go())',
    'class A { a() { this.#b = save().then(() => go()) } }',
    'async function save() {} save()',
  ])('%s', (source) => {
    expect(problem(source)).toEqual([expect.any(String)])
  })

  test.each([
    "setTimeout(contain('deadline', () => go()), 5)",
    "class A { readonly #go = contain('deadline', () => run()); b() { setInterval(this.#go, 5) } }",
    "const use = contain('deadline', () => go()); socket.on('data', use)",
    "socket.on('error', () => {})",
    'handle.onread = onRead; function onRead() { try { read() } catch (fault) { reportFault(fault) } }',
    'new Promise((resolve) => setTimeout(resolve, 5))',
    "import { setTimeout } from 'node:timers/promises'; setTimeout(5)",
    'server.listen(80, () => { ready = true })',
  ])('%s', (source) => {
    expect(problem(source).filter((one) => one !== null)).toEqual([])
  })
})
