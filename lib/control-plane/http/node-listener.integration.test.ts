import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { JOIN_PATH } from '#lib/protocol/join.ts'
import { reportPath } from '#lib/protocol/stream.ts'
import { exited, freePort, startProcess } from '#lib/testing/control-plane/control-plane-process.ts'
import { joinNode } from '#lib/testing/control-plane/joined-node.ts'
import { SECRET_KEY } from '#lib/testing/control-plane/running-control-plane.ts'
import { type Attack, attack, CHUNK, head, memoryOf } from '#lib/testing/hostile-connections.ts'

const CONNECTIONS = 400
const MIB = 1024 * 1024
/** How much more memory the control plane may use during an attack. */
const MEMORY_MAX = 100 * MIB
/** Limits of the heap at which V8 collects garbage even if the machine is busy. What is retained beyond them ends the process. */
const HEAP_LIMITS = '--max-old-space-size=192 --max-semi-space-size=4'

const CHUNKED = ['Host: 127.0.0.1', 'Transfer-Encoding: chunked']

const FAST: Record<string, Attack> = {
  'no TLS at all': { first: 'GET / HTTP/1.1\r\n\r\n', rest: 'a'.repeat(1000) },
  'joins whose bodies have no end': { first: head(JOIN_PATH, ...CHUNKED), rest: CHUNK, tls: true },
  'reports without a certificate': {
    first: head(reportPath(1), ...CHUNKED),
    rest: CHUNK,
    tls: true,
  },
}

/** Held open until their timeouts. */
const SLOW: Attack[] = [
  { first: '', rest: '' },
  // The start of a ClientHello of 512 bytes.
  { first: '\x16\x03\x01\x02\x00\x01', rest: '' },
  { first: '', rest: '', tls: true },
  {
    first: `${head(JOIN_PATH, 'Content-Length: 16384')}${'a'.repeat(16_000)}`,
    rest: '',
    tls: true,
  },
]

let directory: string
let port: number
let nodePort: number
let child: Awaited<ReturnType<typeof startProcess>>
let node: Awaited<ReturnType<typeof joinNode>>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-node-listener-'))
  ;[port, nodePort] = [await freePort(), await freePort()]
  child = await startProcess(directory, port, {
    settings: { nodeAddress: { host: '127.0.0.1', port: nodePort } },
    env: { NODE_OPTIONS: HEAP_LIMITS },
  })
  node = await joinNode({ nodePort, call })
  // Memory that the first requests compile and cache doesn't count as growth.
  await attack(nodePort, Object.values(FAST), 40)
  for (let at = 0; at < 50; at += 1) await isServed()
})
afterAll(async () => {
  const end = exited(child)
  child.kill()
  await end
  await rm(directory, { recursive: true })
})

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { 'X-Auth-Token': SECRET_KEY, 'Content-Type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const isServed = async () => (await node.post(reportPath(1), { lbs: [] })).status === 204

/** The largest memory growth until the attackers' connections are closed, while a node is served on new connections. */
async function growthUnder(name: string, attacks: Attack[]): Promise<number> {
  const before = memoryOf(child.pid as number)
  let most = 0
  await attack(nodePort, attacks, Math.ceil(CONNECTIONS / attacks.length), async () => {
    expect(await isServed()).toBe(true)
    most = Math.max(most, memoryOf(child.pid as number) - before)
  })
  process.stdout.write(`${name}: ${(most / MIB).toFixed(1)} MiB\n`)
  return most
}

test.each(Object.entries(FAST))(
  'under 400 connections that send without end, nodes are served and memory grows by at most 100 MB: %s',
  async (name, hostile) => {
    expect(await growthUnder(name, [hostile])).toBeLessThan(MEMORY_MAX)
  },
)

test('under 400 connections and handshakes that are held open too, and all are closed', async () => {
  expect(await growthUnder('held open', SLOW)).toBeLessThan(MEMORY_MAX)
})

test('a listener whose port another program uses ends the start, in one line', async () => {
  const other = await mkdtemp(join(tmpdir(), 'fairlead-node-listener-'))
  const settings = { nodeAddress: { host: '127.0.0.1', port: nodePort } }
  const ended = startProcess(other, await freePort(), { settings })
  await expect(ended).rejects.toThrow('The control plane ended with 1')
  await rm(other, { recursive: true })
})
