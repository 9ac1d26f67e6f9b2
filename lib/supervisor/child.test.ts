import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Child, type ChildExit } from './child.ts'

type Message = { type: string; pid?: number }

/** Starting a process may take long on a busy machine. */
const soon = (assert: () => void) => vi.waitFor(assert, { timeout: 20_000 })

let directory: string
let children: Child<Message>[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fairlead-child-'))
  children = []
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(children.map((child) => child.stop(0)))
  rmSync(directory, { recursive: true, force: true })
})

/** A child that runs `source`, with its messages and exits. */
function childOf(source: string, limits: { startMsMax?: number } = {}) {
  const entry = join(directory, 'entry.ts')
  writeFileSync(entry, source)
  const spec = {
    name: 'test',
    kind: 'demo' as const,
    entry,
    env: () => ({ GREETING: 'hello' }),
    ...limits,
  }
  const child = new Child<Message>(spec, directory)
  const messages: Message[] = []
  const exits: ChildExit[] = []
  child.onMessage = (message) => messages.push(message)
  child.onExit = (reason) => exits.push(reason)
  children.push(child)
  child.start()
  return { child, messages, exits }
}

const READY = "process.send?.({ type: 'ready', pid: process.pid })\n"
const FOREVER = 'setInterval(() => {}, 1000)\n'

test('a process that is killed is restarted', async () => {
  const { child, messages, exits } = childOf(READY + FOREVER)
  await soon(() => expect(messages).toHaveLength(1))
  child.kill()
  await soon(() => expect(messages).toHaveLength(2))
  expect(messages[1]?.pid).not.toBe(messages[0]?.pid)
  const status = { code: null, signal: 'SIGKILL' }
  const { pid } = messages[0] ?? {}
  const message = 'test ended with SIGKILL'
  expect(exits).toEqual([
    { beforeReady: false, unexpected: true, timedOut: false, pid, status, message },
  ])
})

test('the error of a process that ends before it is ready is the end of its standard error', async () => {
  const { exits } = childOf("process.stderr.write('The disk is full.\\n'); process.exitCode = 1\n")
  await soon(() => expect(exits.length).toBeGreaterThan(0))
  const status = { code: 1, signal: null }
  expect(exits[0]).toMatchObject({
    beforeReady: true,
    unexpected: true,
    status,
    message: 'The disk is full.',
  })
})

test('a process that is not ready in time is killed and restarted', async () => {
  const marker = JSON.stringify(join(directory, 'marker'))
  const hangsOnce = `import { existsSync, writeFileSync } from 'node:fs'
    if (existsSync(${marker})) process.send?.({ type: 'ready', pid: process.pid })
    else writeFileSync(${marker}, '')\n`
  const { messages, exits } = childOf(hangsOnce + FOREVER, { startMsMax: 4000 })
  await vi.waitFor(() => expect(messages).toHaveLength(1), { timeout: 30_000 })
  const message = 'test was not ready within 4 s'
  expect(exits).toMatchObject([{ beforeReady: true, unexpected: true, timedOut: true, message }])
})

test('its output is in its log, and it gets only the variables of its spec', async () => {
  vi.stubEnv('FAIRLEAD_SECRET_KEY', 'of another process')
  const source = 'console.log(process.env.GREETING, process.env.FAIRLEAD_SECRET_KEY)\n'
  const { messages } = childOf(`${source}${READY}${FOREVER}`)
  await soon(() => expect(messages).toHaveLength(1))
  const log = join(directory, 'logs', 'test.log')
  await soon(() => expect(readFileSync(log, 'utf8')).toBe('hello undefined\n'))
})

test('stop asks first, and kills a process that does not respond', async () => {
  const polite = childOf(`${READY}${FOREVER}process.on('message', () => process.exit(0))\n`)
  await soon(() => expect(polite.messages).toHaveLength(1))
  await polite.child.stop(60_000)
  expect(polite.exits[0]).toMatchObject({
    unexpected: false,
    message: 'test ended with exit code 0',
  })

  const deaf = childOf(`${READY}${FOREVER}`)
  await soon(() => expect(deaf.messages).toHaveLength(1))
  await deaf.child.stop(10)
  expect(deaf.exits[0]?.message).toBe('test ended with SIGKILL')
})
