import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VERSION } from '#lib/process/version.ts'
import { JOIN_PATH, parseJoinToken } from '#lib/protocol/join.ts'
import {
  joinNode,
  joinRequest,
  joinSecret,
  NEW_NODE,
  postToNodeListener,
  runJoinableControlPlane,
} from '#lib/testing/control-plane/joined-node.ts'
import { nodeList, nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import {
  type RunningControlPlane,
  runControlPlane,
} from '#lib/testing/control-plane/running-control-plane.ts'

const TOKENS = '/fairlead/v1/nodes/tokens'

let controlPlane: RunningControlPlane
beforeAll(async () => {
  controlPlane = await runJoinableControlPlane()
})
afterAll(() => controlPlane.stop())

const post = (path: string, body: unknown, identity = {}) =>
  postToNodeListener(controlPlane, path, body, identity)

const pendingNames = async () => (await nodeList(controlPlane)).pending.map(({ name }) => name)

describe('a join token', () => {
  test('comes with the command to run, and its node is pending until it has joined', async () => {
    const before = Date.now()
    const { status, body } = await controlPlane.call('POST', TOKENS, { ...NEW_NODE, name: 'lb-t' })
    expect(status).toBe(200)
    expect(body.command).toBe(`npm run join -- ${body.token}@127.0.0.1:0`)
    const valid = Date.parse(body.expires_at) - before
    expect(valid).toBeGreaterThan(59 * 60_000)
    expect(valid).toBeLessThan(61 * 60_000)
    expect(await pendingNames()).toContain('lb-t')
    const { node_address, version } = await nodeList(controlPlane)
    expect([node_address, version]).toEqual(['127.0.0.1:0', VERSION])
    const { secret = '' } = parseJoinToken(body.token) ?? {}
    const { request } = await joinRequest(secret)
    expect((await post(JOIN_PATH, request)).status).toBe(200)
    expect(await pendingNames()).not.toContain('lb-t')
  })

  test('is stored as a hash, and replaces an unused one for the same name', async () => {
    const first = await joinSecret(controlPlane, { name: 'lb-r' })
    const second = await joinSecret(controlPlane, { name: 'lb-r' })
    const tokens = await controlPlane.database.selectFrom('join_tokens').selectAll().execute()
    const rows = JSON.stringify(tokens)
    expect([rows.includes(first), rows.includes(second)]).toEqual([false, false])
    expect((await post(JOIN_PATH, (await joinRequest(first)).request)).status).toBe(401)
    expect((await post(JOIN_PATH, (await joinRequest(second)).request)).status).toBe(200)
  })

  test('is pruned a week after its end', async () => {
    await joinSecret(controlPlane, { name: 'lb-old' })
    const { database } = controlPlane
    const old = database.selectFrom('join_tokens').selectAll().where('name', '=', 'lb-old')
    const at = new Date(Date.now() - 8 * 24 * 60 * 60_000).toISOString()
    const expired = database.updateTable('join_tokens').set({ expires_at: at })
    await expired.where('name', '=', 'lb-old').execute()
    expect(await old.execute()).toHaveLength(1)
    await joinSecret(controlPlane, { name: 'lb-newer' })
    expect(await old.execute()).toEqual([])
  })

  test.each([
    ['a name in use', { name: 'lb-used' }, 412, /There is a node named lb-used already/],
    ['the name of a local node', { name: 'nl-ams-b' }, 400, /reserved for a node on the control/],
    ['an uppercase name', { name: 'LB-1' }, 400, /1 to 40 lowercase letters/],
    ['a path as a name', { name: '../x' }, 400, /1 to 40 lowercase letters/],
    ['a long name', { name: 'a'.repeat(41) }, 400, /1 to 40 lowercase letters/],
    ['another region', { region: 'mars' }, 400, /region/],
    ['another cluster', { cluster: 'c' }, 400, /cluster/],
  ])('is not created for %s', async (_case, changes, status, words) => {
    if (!(await nodeNamed(controlPlane, 'lb-used')))
      await joinNode(controlPlane, { name: 'lb-used' })
    const refused = await controlPlane.call('POST', TOKENS, { ...NEW_NODE, ...changes })
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([
      status,
      expect.stringMatching(words),
    ])
  })

  test('is not created without an address where nodes connect', async () => {
    await using without = await runControlPlane()
    const { status, body } = await without.call('POST', TOKENS, NEW_NODE)
    expect([status, body.precondition]).toEqual([412, 'disabled'])
    expect(body.help_message).toMatch(/Set FAIRLEAD_NODE_ADDRESS/)
    expect(without.nodePort).toBeNull()
  })
})
