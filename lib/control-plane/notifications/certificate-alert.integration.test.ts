import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HOST_LINK_PATH } from '#lib/protocol/host-link.ts'
import { RENEW_PATH } from '#lib/protocol/join.ts'
import {
  joinNode,
  joinRequest,
  postToNodeListener,
  runJoinableControlPlane,
} from '#lib/testing/control-plane/joined-node.ts'
import { nodeNamed } from '#lib/testing/control-plane/node-records.ts'
import { notificationSettings, until } from '#lib/testing/control-plane/notified-lb.ts'
import { SECRET_KEY } from '#lib/testing/control-plane/running-control-plane.ts'
import { receiveWebhooks } from '#lib/testing/control-plane/webhook-receiver.ts'

const PARIS = '/lb/v1/regions/fr-par'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fairlead-certificate-alert-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** Two joined nodes with two load balancers that are placed on them, and their subscriber. */
async function setUp(databaseFile: string, uri: string) {
  await using controlPlane = await runJoinableControlPlane({ databaseFile })
  const post = async (path: string, body: unknown) =>
    (await controlPlane.call('POST', path, body)).body
  const a = await joinNode(controlPlane, { name: 'lb-1' }, { address: '10.0.0.1' })
  const b = await joinNode(controlPlane, { cluster: 'b', name: 'lb-2' }, { address: '10.0.0.2' })
  const links = [a, b].map((node) => node.follow(HOST_LINK_PATH, { host: 'h', version: '1' }))
  for (const link of await Promise.all(links)) await link.next()
  const lb = await post(`${PARIS}/lbs`, { name: 'shop' })
  const other = await post(`${PARIS}/lbs`, { name: 'blog' })
  const subscriber = await post(`${PARIS}/subscribers`, { name: 'hook', webhook_config: { uri } })
  for (const { id } of [lb, other]) {
    await post(`${PARIS}/lb/${id}/subscribe`, { subscriber_id: subscriber.id })
  }
  return { lb, b }
}

test('subscribers are notified once when a node does not renew its certificate in time, and when it does', async () => {
  await using receiver = await receiveWebhooks()
  const databaseFile = join(directory, 'kept.db')
  const { lb, b } = await setUp(databaseFile, receiver.uri)
  const tomorrow = new Date(Date.now() + 24 * 60 * 60_000).toISOString()
  {
    using database = new DatabaseSync(databaseFile)
    const update = database.prepare('update nodes set certificate_expires_at = ? where name = ?')
    update.run(tomorrow, 'lb-2')
  }
  const notifications = notificationSettings()
  await using controlPlane = await runJoinableControlPlane({ databaseFile, notifications })
  const events = () =>
    receiver.received.filter(({ event }) => event.type.startsWith('node.')).map((one) => one.event)
  const text = `The certificate of node lb-2 ends at ${tomorrow} and was not renewed.`
  await until(() => expect(events()).toHaveLength(1))
  expect(events()[0]).toMatchObject({
    type: 'node.certificate_expiring',
    text: expect.stringMatching(new RegExp(`^Load balancer "(shop|blog)": ${text}`)),
    problems: [expect.stringContaining(text)],
  })
  expect((await nodeNamed(controlPlane, 'lb-2'))?.problem).toContain(text)
  const headers = { 'X-Auth-Token': SECRET_KEY }
  const metrics = await (await fetch(`${controlPlane.url}/fairlead/v1/metrics`, { headers })).text()
  const metric = 'fairlead_node_certificate_expiry_timestamp_seconds{node="lb-2"}'
  expect(metrics).toContain(`${metric} ${Math.floor(Date.parse(tomorrow) / 1000)}`)
  expect((await nodeNamed(controlPlane, 'lb-1'))?.problem).toBeNull()
  const observed = await controlPlane.call('GET', `/fairlead/v1/lbs/${lb.id}/observed`)
  const message = expect.stringContaining(text)
  expect(observed.body.problems).toContainEqual(expect.objectContaining({ message }))

  const { request } = await joinRequest('')
  const renewal = { csr: request.csr }
  const { status } = await postToNodeListener(controlPlane, RENEW_PATH, renewal, b.identity)
  expect(status).toBe(200)
  await until(() => expect(events()).toHaveLength(2))
  expect(events()[1]).toMatchObject({
    type: 'node.certificate_renewed',
    text: expect.stringContaining('The certificate of node lb-2 was renewed. It ends at '),
  })
  // Both load balancers had the alert, and both have closed it.
  await until(() => {
    using database = new DatabaseSync(databaseFile)
    expect(database.prepare('select * from alerts where subject like ?').all('node_%')).toEqual([])
  })
  expect(events()).toHaveLength(2)
})
