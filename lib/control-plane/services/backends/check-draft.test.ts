import { expect, test } from 'vitest'
import type { NodeName } from '#lib/protocol/node-name.ts'
import type { CheckReport, ConfigMessage } from '#lib/protocol/stream.ts'
import { checkPath } from '#lib/protocol/stream.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import {
  backendInput,
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import { nodeHeaders } from '#lib/testing/control-plane/test-nodes.ts'

const PATH = '/fairlead/v1/draft-checks'
const SERVERS = ['127.0.2.1', '127.0.2.2']

function draftInput(changes: object = {}) {
  const { forward_port, health_check, server_ip } = backendInput()
  return { region: 'fr-par', forward_port, health_check, server_ip, ...changes }
}

const up = (address: string) => ({ address, up: true, reason: 'connected', latency_ms: 1.5 })

type CheckMessage = Extract<ConfigMessage, { type: 'check' }>

/** A node that receives one check order and replies. */
async function runNode(controlPlane: RunningControlPlane, name: NodeName) {
  const node = await follow(controlPlane, name)
  await node.untilSynced()
  const answer = async (id: string, report: CheckReport) => {
    const path = checkPath(id)
    return (await controlPlane.call('POST', path, report, nodeHeaders(name))).status
  }
  return { ...node, asked: async () => (await node.next()) as CheckMessage, answer }
}

test('both nodes get the check of a saved backend, and their results are returned', async () => {
  await using controlPlane = await runControlPlane()
  using a = await runNode(controlPlane, 'fr-par-a')
  using b = await runNode(controlPlane, 'fr-par-b')
  const check = {
    port: 9000,
    check_max_retries: 2,
    check_timeout: 700,
    http_config: { uri: '/up' },
  }
  const input = draftInput({ health_check: check, proxy_protocol: 'proxy_protocol_v2' })
  const answered = controlPlane.call('POST', PATH, input)
  const asked = await a.asked()
  const other = await b.asked()
  expect(asked.draft).toMatchObject({
    servers: SERVERS,
    proxy_protocol: 'v2',
    health_check: { kind: { type: 'http', uri: '/up', code: 200 }, port: 9000, timeout: 700 },
  })
  expect(other.draft).toEqual(asked.draft)
  const down = { ...up(SERVERS[1] as string), up: false, reason: 'connection refused' }
  // Results arrive in any order, and results of unknown servers are ignored.
  const servers = [down, up('10.9.9.9'), up(SERVERS[0] as string)]
  expect(await a.answer(asked.id, { servers })).toBe(204)
  expect(await b.answer(other.id, { servers: [up(SERVERS[0] as string)] })).toBe(204)
  expect((await answered).body).toEqual({
    instances: [
      { cluster: 'a', problem: null, servers: [up(SERVERS[0] as string), down] },
      {
        cluster: 'b',
        problem:
          'The node on cluster b has no room for more connections, so some servers are untested.',
        servers: [up(SERVERS[0] as string)],
      },
    ],
  })
  // Late or unknown results are ignored.
  expect(await a.answer(asked.id, { servers })).toBe(204)

  const saved = await controlPlane.call('GET', '/fairlead/v1/lbs')
  expect(saved.body.total_count).toBe(0)
})

test('a node that is not connected, and one that disconnects during the test', async () => {
  await using controlPlane = await runControlPlane()
  using b = await runNode(controlPlane, 'fr-par-b')
  const answered = controlPlane.call('POST', PATH, draftInput())
  await b.asked()
  b.close()
  const { status, body } = await answered
  expect(status).toBe(200)
  expect(body.instances).toEqual([
    { cluster: 'a', problem: 'The node on cluster a is not running.', servers: [] },
    { cluster: 'b', problem: 'The node on cluster b stopped during the test.', servers: [] },
  ])
})

test('a node that does not reply delays the response only for the time of the check', async () => {
  await using controlPlane = await runControlPlane()
  using _a = await runNode(controlPlane, 'fr-par-a')
  using b = await runNode(controlPlane, 'fr-par-b')
  const health_check = { ...draftInput().health_check, check_timeout: 10 }
  const answered = controlPlane.call('POST', PATH, draftInput({ health_check }))
  const { id } = await b.asked()
  await b.answer(id, { servers: SERVERS.map(up) })
  const { body } = await answered
  expect(body.instances).toMatchObject([
    { problem: 'The node on cluster a did not answer in time.', servers: [] },
    { problem: null },
  ])
})

test('a check beyond the time limit is cut short, and the response says so', async () => {
  await using controlPlane = await runControlPlane()
  using a = await runNode(controlPlane, 'fr-par-a')
  using b = await runNode(controlPlane, 'fr-par-b')
  const health_check = { ...draftInput().health_check, check_timeout: 60_000 }
  const answered = controlPlane.call('POST', PATH, draftInput({ health_check }))
  for (const node of [a, b]) {
    const { id, draft } = await node.asked()
    expect(draft.health_check.timeout).toBe(5000)
    const slow = { up: false, reason: 'timed out after 5 s', latency_ms: 5001 }
    await node.answer(id, { servers: draft.servers.map((address) => ({ address, ...slow })) })
  }
  const [{ servers }] = (await answered).body.instances
  expect(servers[0].reason).toBe('no answer within 5 s, as long as a test waits')
})

test('starts the nodes of a region that has none yet, and waits for them', async () => {
  await using controlPlane = await runControlPlane()
  const answered = controlPlane.call('POST', PATH, draftInput({ region: 'nl-ams' }))
  await expect
    .poll(() => controlPlane.supervisorMessages)
    .toContainEqual({ type: 'regions', regions: ['nl-ams'] })
  for (const name of ['nl-ams-a', 'nl-ams-b'] as const) {
    using node = await runNode(controlPlane, name)
    const { id } = await node.asked()
    await node.answer(id, { servers: SERVERS.map(up) })
  }
  const { body } = await answered
  expect(body.instances).toMatchObject([{ problem: null }, { problem: null }])
})

test('has the same validation errors as creating the backend', async () => {
  await using controlPlane = await runControlPlane()
  const problems = async (path: string, body: object) =>
    (await controlPlane.call('POST', path, body)).body.details
  const lb = (await controlPlane.call('POST', '/lb/v1/regions/fr-par/lbs', { name: 'x' })).body
  const backends = `/lb/v1/regions/fr-par/lbs/${lb.id}/backends`
  const wrong = {
    forward_port: 0,
    server_ip: ['10.0.0.1', '10.0.0.x', '10.0.0.1'],
    health_check: { port: 80, check_max_retries: 0, http_config: { uri: 'x' } },
  }
  const same = await problems(backends, backendInput(wrong))
  expect(await problems(PATH, draftInput(wrong))).toEqual(same)
  expect(same).toHaveLength(5)
  expect(await problems(PATH, draftInput({ server_ip: [] }))).toMatchObject([
    { argument_name: 'server_ip', help_message: 'Enter at least one server IP to test.' },
  ])
  const many = Array.from({ length: 201 }, (_, index) => `10.0.${index >> 8}.${index & 255}`)
  expect(await problems(PATH, draftInput({ server_ip: many }))).toMatchObject([
    { argument_name: 'server_ip', help_message: 'A test can have at most 200 servers.' },
  ])
  expect(await problems(PATH, draftInput({ region: 'xx' }))).toMatchObject([
    { argument_name: 'region' },
  ])
  expect(await problems(PATH, draftInput({ health_check: undefined }))).toMatchObject([
    { argument_name: 'health_check.port' },
    { argument_name: 'health_check.check_max_retries' },
  ])
})

test('requires authentication', async () => {
  await using controlPlane = await runControlPlane()
  expect((await controlPlane.call('POST', PATH, draftInput(), {})).status).toBe(401)
  const path = checkPath('x')
  expect((await controlPlane.call('POST', path, { servers: [] })).status).toBe(401)
})
