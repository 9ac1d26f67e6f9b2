import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exited, freePort, startProcess } from '#lib/testing/control-plane/control-plane-process.ts'
import { SECRET_KEY } from '#lib/testing/control-plane/running-control-plane.ts'
import { type Attack, attack, CHUNK, head, memoryOf } from '#lib/testing/hostile-connections.ts'

const CONNECTIONS = 400
const MIB = 1024 * 1024
/** The memory growth that is allowed while they are open. */
const MEMORY_MAX = 100 * MIB
/** Limits of the heap at which V8 collects garbage even if the machine is busy. What is retained beyond them ends the process. */
const HEAP_LIMITS = '--max-old-space-size=192 --max-semi-space-size=4'

const CHUNKED = ['Host: 127.0.0.1', 'Transfer-Encoding: chunked']
const WRONG_KEY = `X-Auth-Token: ${SECRET_KEY.replace('1', '2')}`

const FAST: Record<string, Attack> = {
  'reports without the secret of nodes': {
    first: head('/nodes/v1/report', ...CHUNKED),
    rest: CHUNK,
  },
  'calls with a token that is none': {
    first: head('/fairlead/v1/tokens', ...CHUNKED, WRONG_KEY),
    rest: CHUNK,
  },
  'log-ins whose bodies have no end': {
    first: head('/fairlead/v1/session', ...CHUNKED),
    rest: CHUNK,
  },
}

/** Requests that are kept unfinished as long as possible. */
const SLOW: Attack[] = [
  // The largest login, without its last byte.
  {
    first:
      head('/fairlead/v1/session', 'Host: 127.0.0.1', 'Content-Length: 16384') + 'a'.repeat(16_383),
    rest: '',
  },
  // The largest header, without its end.
  { first: `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ${'a'.repeat(15_000)}`, rest: '' },
  { first: '', rest: '' },
]

let directory: string
let port: number
let child: Awaited<ReturnType<typeof startProcess>>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-hostile-'))
  port = await freePort()
  child = await startProcess(directory, port, {
    settings: { requestRate: null },
    env: { NODE_OPTIONS: HEAP_LIMITS },
  })
  // Memory that the first requests compile and cache doesn't count as growth.
  await attack(port, Object.values(FAST), 40)
  for (let at = 0; at < 100; at += 1) await isServed()
})
afterAll(async () => {
  const end = exited(child)
  child.kill()
  await end
  await rm(directory, { recursive: true })
})

async function isServed(): Promise<boolean> {
  const { status } = await fetch(`http://127.0.0.1:${port}/fairlead/v1/tokens`, {
    // The idle timeout may close a kept-alive connection just when it is reused.
    headers: { 'X-Auth-Token': SECRET_KEY, Connection: 'close' },
  })
  return status === 200
}

/** The largest memory growth until the attackers' connections are closed, while another client is served. */
async function growthUnder(name: string, attacks: Attack[]): Promise<number> {
  const before = memoryOf(child.pid as number)
  let most = 0
  await attack(port, attacks, Math.ceil(CONNECTIONS / attacks.length), async () => {
    expect(await isServed()).toBe(true)
    most = Math.max(most, memoryOf(child.pid as number) - before)
  })
  process.stdout.write(`${name}: ${(most / MIB).toFixed(1)} MiB\n`)
  return most
}

test.each(Object.entries(FAST))(
  'under 400 connections that send without end the control plane serves and grows by at most 100 MB: %s',
  async (name, hostile) => {
    expect(await growthUnder(name, [hostile])).toBeLessThan(MEMORY_MAX)
  },
)

test('the same under 400 connections that are kept open, all of which are closed', async () => {
  expect(await growthUnder('held open', SLOW)).toBeLessThan(MEMORY_MAX)
})

test('login bodies in chunks of one byte are joined, complete or not', async () => {
  const login = head('/fairlead/v1/session', ...CHUNKED)
  const bytes = '1\r\na\r\n'.repeat(10_000)
  const attacks = [
    { first: login, rest: bytes },
    { first: login + bytes, rest: '' },
  ]
  // Each chunk is an object until garbage collection. Retained, they would take 750 MiB.
  expect(await growthUnder('chunks of one byte', attacks)).toBeLessThan(100 * MIB)
})
