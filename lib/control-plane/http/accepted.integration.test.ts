import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { problemTexts } from '#lib/core/problem.ts'
import { hashNodeCredential } from '#lib/protocol/node-registration.ts'
import { acceptedBy, requestBodies } from '#lib/testing/control-plane/accepted-by.ts'
import { filled, furnish, type Ids } from '#lib/testing/control-plane/furnished.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { makeCertificate } from '#lib/testing/make-certificate.ts'
import { CREDENTIAL, eventually, NODE, Supervised } from '#lib/testing/node/node-process.ts'

// Whatever the API accepts can be applied. Values that the schemas accept are sent to a real control plane, call by call; a real
// node applies them and runs the checks. Neither may fail, and all requests to servers must be well-formed.

const RUNS = 15
const REGISTRATION = {
  name: NODE,
  region: 'fr-par',
  cluster: 'a',
  host: 'host-1',
  address: null,
  credential_hash: hashNodeCredential(CREDENTIAL),
} as const
const [ADDRESS = ''] = ownAddresses(1)
/**
 * The first two don't reach a node, and would send mail and webhooks to arbitrary addresses. A draft's check runs the same code and
 * would wait for the region's other node; a switchover would wait for a supervisor.
 */
const ELSEWHERE = /subscri|accounts|draft-checks|switchover/

/** Calls of which at least some must succeed. */
const REACHING = [
  '/lbs',
  '/lbs/{id}/backends',
  '/backends/{id}/healthcheck',
  '/routes',
  '/frontends/{id}/acls',
]
const WELL_FORMED = new RegExp(
  [
    '^[A-Z]+ /[\\x21-\\x7e]* HTTP/1\\.1',
    'Host: [\\x21-\\x7e]+',
    'User-Agent: Fairlead health check',
    'Accept: \\*/\\*(?:\\r\\nContent-Length: 0)?',
    'Connection: close\\r\\n\\r\\n$',
  ].join('\\r\\n'),
)

const accepted = new Map<string, number>()
let controlPlane: RunningControlPlane
let node: Supervised
let ids: Ids
let dataDir: string
let port: number
const heads: string[] = []

/** The PROXY header of a connection that the node opens for itself, in both versions. */
const PROXY_HEADER = /^(?:PROXY UNKNOWN\r\n|\r\n\r\n\0\r\nQUIT\n\x20\0\0\0)/

/** Answers HTTP checks, whose heads it keeps, and Redis PINGs; closes all other connections. */
const server = createServer((socket: Socket) => {
  let received = ''
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1')
    const said = received.replace(PROXY_HEADER, '')
    if (said === 'PING\r\n') socket.end('+PONG\r\n')
    else if (said.endsWith('\r\n\r\n')) {
      heads.push(said)
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    } else if (said !== '' && !/^[A-Z]+(?: |$)/.test(said)) socket.destroy()
  })
})

beforeAll(async () => {
  server.listen(0, ADDRESS)
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  controlPlane = await runControlPlane({ nodes: [REGISTRATION] })
  const { key, certificate } = makeCertificate()
  ids = await furnish(controlPlane, key + certificate)
  dataDir = mkdtempSync(join(tmpdir(), 'fairlead-accepted-'))
  node = new Supervised(controlPlane.url, dataDir)
  await eventually(() => node.has('ready'))
})
afterAll(async () => {
  node.process.kill('SIGKILL')
  await node.exit()
  await controlPlane.stop()
  server.close()
  rmSync(dataDir, { recursive: true })
})

/** The same values with existing ids, and with servers and ports that checks may connect to. */
function atHome(value: unknown, key = ''): unknown {
  if (key === 'server_ip') return [ADDRESS]
  if (key === 'port' || key === 'forward_port') return port
  if (key.endsWith('_id') && typeof value === 'string') return ids[`${key.slice(0, -3)}s`] ?? value
  if (Array.isArray(value)) return value.map((one) => atHome(one, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, atHome(field, name)]),
  )
}

type Server = { state: string; reason: string }

/** Whether the node runs the newest generation of a load balancer, and its problems. */
async function onNode(lbId: string) {
  const { body } = await controlPlane.call('GET', `/fairlead/v1/lbs/${lbId}/observed`)
  const [{ applied_generation, servers }] = body.instances.filter(
    ({ cluster }: { cluster: string }) => cluster === 'a',
  )
  return {
    applied: applied_generation === body.generation,
    problems: problemTexts(body.problems),
    servers: servers as Server[],
  }
}

const calls = requestBodies().filter(({ path }) => !ELSEWHERE.test(path))

test.each(calls)('$method $path', { timeout: 60_000 }, async ({ method, path, body, own }) => {
  const base = own ? '/fairlead/v1' : '/lb/v1/regions/fr-par'
  for (const input of fc.sample(acceptedBy(body), { numRuns: RUNS, seed: 2026 })) {
    const sent = atHome(input)
    const answer = await controlPlane.call(method.toUpperCase(), base + filled({ path }, ids), sent)
    const context = `${JSON.stringify(sent)}: ${JSON.stringify(answer.body)}`
    expect(answer.status, context).toBeLessThan(500)
    if (answer.status >= 300) continue
    accepted.set(path, (accepted.get(path) ?? 0) + 1)
    await eventually(async () => (await onNode(ids.lbs ?? '')).applied)
  }
  expect(node.process.exitCode ?? node.process.signalCode).toBeNull()
})

test('a node applies and checks every accepted configuration', {
  timeout: 60_000,
}, async () => {
  // Most values must reach the node.
  for (const path of REACHING) expect([path, accepted.get(path) ?? 0]).not.toEqual([path, 0])
  const { lbs } = (await controlPlane.call('GET', '/lb/v1/regions/fr-par/lbs?page_size=100')).body
  for (const { id } of lbs) {
    await eventually(async () => {
      const { applied, servers } = await onNode(id)
      return applied && servers.every(({ state }) => state !== 'unknown')
    })
    const { problems, servers } = await onNode(id)
    const words = [...problems, ...servers.map(({ reason }) => reason)]
    expect(words.filter((text) => /can't (?:run|be applied)|could not run/.test(text))).toEqual([])
  }
  expect(heads.length).toBeGreaterThan(0)
  for (const head of heads) expect(head).toMatch(WELL_FORMED)
  expect(node.process.exitCode ?? node.process.signalCode).toBeNull()
})
