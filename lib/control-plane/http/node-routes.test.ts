import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashNodeCredential } from '#lib/protocol/node-registration.ts'
import { configPath, reportPath } from '#lib/protocol/stream.ts'
import { follow } from '#lib/testing/control-plane/follow-stream.ts'
import { lbReport } from '#lib/testing/control-plane/reports.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'
import {
  credentialOf,
  followRequest,
  nodeHeaders,
  TEST_NODES,
} from '#lib/testing/control-plane/test-nodes.ts'

const REGION = '/lb/v1/regions/fr-par'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runControlPlane()
})
afterAll(() => controlPlane.stop())

const bearer = (credential: string) => ({ Authorization: `Bearer ${credential}` })
const report = (headers: Record<string, string>, path = reportPath(1)) =>
  controlPlane.call('POST', path, { lbs: [] }, headers)

describe('a node is identified by its credential', () => {
  test.each([
    ['no credential', {}],
    ['another credential', bearer('credential-of-nobody')],
    ['the hash of a credential', bearer(TEST_NODES[0]?.credential_hash ?? '')],
    ['a secret key of the API', { 'X-Auth-Token': credentialOf('fr-par-a') }],
  ])('with %s it is refused', async (_case, headers) => {
    for (const path of [configPath(1), reportPath(1), '/nodes/v1/checks/x']) {
      const { status, body } = await report(headers, path)
      expect([status, body.method]).toEqual([401, 'node_credential'])
    }
  })

  test('its reports count for itself, and no path or query names another', async () => {
    const { body: lb } = await controlPlane.call('POST', `${REGION}/lbs`, { name: 'site' })
    using a = await follow(controlPlane, 'fr-par-a')
    using b = await follow(controlPlane, 'fr-par-b')
    await a.report(lbReport({ lb_id: lb.id, active: true }))
    await b.report(lbReport({ lb_id: lb.id }))
    const active = async () => {
      const { body } = await controlPlane.call('GET', `/fairlead/v1/lbs/${lb.id}/observed`)
      return body.instances.flatMap(({ cluster, active }: Instance) => (active ? [cluster] : []))
    }
    expect(await active()).toEqual(['a'])
    const stopped = { lbs: [lbReport({ lb_id: lb.id })] }
    const asB = nodeHeaders('fr-par-b')
    for (const path of ['/nodes/v1/fr-par-a/report', `${reportPath(1)}?node=fr-par-a`]) {
      await controlPlane.call('POST', path, stopped, asB)
    }
    expect(await active()).toEqual(['a'])
    expect((await report(asB, '/nodes/v1/fr-par-a/report')).status).toBe(404)
  })

  test('a node that is registered later follows with its own credential', async () => {
    const before = controlPlane.settings.nodes
    const credential = 'credential-of-fr-par-a2'
    expect((await report(bearer(credential))).status).toBe(401)
    const added = {
      name: 'fr-par-a2',
      region: 'fr-par' as const,
      cluster: 'a' as const,
      host: 'host-2',
      address: null,
      credential_hash: hashNodeCredential(credential),
    }
    await controlPlane.onSupervisor({ type: 'nodes', nodes: [...before, added] })
    using node = await follow(controlPlane, 'fr-par-a2')
    expect(node.response.status).toBe(200)
    await controlPlane.onSupervisor({ type: 'nodes', nodes: before })
  })
})

test('a revoked credential is refused, and its stream ends', async () => {
  const others = TEST_NODES.filter(({ name }) => name !== 'nl-ams-b')
  using node = await follow(controlPlane, 'nl-ams-b')
  await node.untilSynced()
  await controlPlane.onSupervisor({ type: 'nodes', nodes: others })
  await expect(node.next()).rejects.toThrow('The stream has ended')
  expect((await report(nodeHeaders('nl-ams-b'))).status).toBe(401)
  expect((await report(nodeHeaders('nl-ams-a'))).status).toBe(204)
  await controlPlane.onSupervisor({ type: 'nodes', nodes: TEST_NODES })
  expect((await report(nodeHeaders('nl-ams-b'))).status).toBe(204)
})

test('the list of nodes has id, host, version and state', async () => {
  const list = async () => (await controlPlane.call('GET', '/fairlead/v1/nodes')).body.nodes
  const nodeOf = async (name: string) =>
    (await list()).find((node: { name: string }) => node.name === name)
  expect(await nodeOf('nl-ams-a')).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    region: 'nl-ams',
    cluster: 'a',
    host: 'host-1',
    version: null,
    state: 'registered',
    connected: false,
  })
  using _node = await follow(controlPlane, 'nl-ams-a')
  expect(await nodeOf('nl-ams-a')).toMatchObject({
    version: followRequest().version,
    state: 'joined',
    connected: true,
  })
})

type Instance = { cluster: string; active: boolean }
