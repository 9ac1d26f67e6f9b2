import { lookup } from 'node:dns'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { networksOf } from '#lib/core/networks.ts'
import { freePort } from '#lib/testing/control-plane/control-plane-process.ts'
import { receiveWebhooks } from '#lib/testing/control-plane/webhook-receiver.ts'
import { countSockets } from '#lib/testing/opened-sockets.ts'
import type { Egress } from '../egress/egress.ts'
import { testEvent } from './events.ts'
import { sendEmail } from './send-email.ts'
import { sendWebhook } from './send-webhook.ts'

const egress: Egress = {
  ownPorts: [3001],
  loopback: false,
  pools: [{ ranges: [{ first: 0x7f330001, last: 0x7f3300fe }] }],
  webhookNetworks: null,
}
const OPEN: Egress = { ownPorts: [], loopback: true, pools: [], webhookNetworks: null }
const signal = new AbortController().signal
const send = (uri: string, policy: Egress, timeoutMs = 10) =>
  sendWebhook(
    { uri, secret: 'whsec_AAAA', id: 'x', body: '{}' },
    { egress: policy, timeoutMs, signal },
  )

test.each([
  ['http://169.254.169.254/latest/meta-data/', 'link-local'],
  ['http://[::ffff:169.254.169.254]/', 'link-local'],
  ['http://[64:ff9b:1::a9fe:a9fe]/', 'link-local'],
  ['http://100.100.100.200/', 'metadata'],
  ['http://168.63.129.16/', 'metadata'],
  ['http://192.0.0.192/', 'metadata'],
  ['https://[fd20:ce::254]/', 'metadata'],
  ['https://[fd00:c1::a9fe:a9fe]/', 'metadata'],
  ['http://127.0.0.1:9/', 'a loopback address'],
  ['http://2130706433:9/', 'a loopback address'],
  ['http://localhost:9/', 'a loopback address'],
  ['http://127.51.0.1/', 'highly available IP'],
  ['http://[2002:7f33:1::1]/', 'highly available IP'],
])('%s is denied before a socket is opened', async (uri, reason) => {
  using opened = countSockets()
  expect(await send(uri, egress, 400)).toEqual({
    delivered: false,
    status: null,
    outcome: 'Could not be delivered',
    logDetail: expect.stringContaining(reason),
  })
  expect(opened.counts.sockets).toBe(0)
})

test('the test counts sockets', async () => {
  await using receiver = await receiveWebhooks()
  using opened = countSockets()
  expect(await send(receiver.uri, OPEN, 5000)).toMatchObject({ delivered: true })
  expect(opened.counts.sockets).toBeGreaterThan(0)
})

test('a name is resolved once, and the connection goes to the address that was allowed', async () => {
  await using receiver = await receiveWebhooks()
  using opened = countSockets()
  const uri = `http://localhost:${receiver.port}/`
  expect(await send(uri, OPEN, 5000)).toMatchObject({ delivered: true })
  expect(opened.counts.lookUps).toBe(1)
  await new Promise((resolve) => lookup('localhost', resolve))
  expect(opened.counts.lookUps).toBe(2)
})

test('a delivery to a private network reveals neither how nor how fast it failed', async () => {
  await using refusing = await receiveWebhooks((response) => response.writeHead(418).end())
  const closed = await freePort()
  const silent = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const uris = [refusing.uri, `http://127.0.0.1:${closed}/`, `http://localhost:${port}/`]
  const timeoutMs = 400
  const began = performance.now()
  const results = await Promise.all(
    uris.map(async (uri) => [await send(uri, OPEN, timeoutMs), performance.now() - began] as const),
  )
  silent.close()
  for (const [{ logDetail: _reason, ...shown }, took] of results) {
    expect(shown).toEqual({ delivered: false, status: null, outcome: 'Could not be delivered' })
    expect(took).toBeGreaterThanOrEqual(timeoutMs - 5)
  }
  expect(results.map(([{ logDetail }]) => logDetail)).toEqual([
    'HTTP 418',
    'Connection refused',
    'The receiver did not answer within 0.4 s',
  ])
  const named = { ...OPEN, webhookNetworks: networksOf(['127.0.0.0/8']) }
  expect(await send(refusing.uri, named, 5000)).toEqual({
    delivered: false,
    status: 418,
    outcome: 'HTTP 418',
  })
})

test.each(['smtp://169.254.169.254', 'smtp://localhost:3001', 'smtps://[64:ff9b::7f33:1]'])(
  'email by %s is denied before a socket is opened',
  async (url) => {
    using opened = countSockets()
    const event = testEvent('2026-01-01T10:00:00.000Z', { name: 'x' })
    const smtp = { url, from: 'fairlead@example.com' }
    expect(await sendEmail('ada@example.com', event, { smtp, egress, signal })).toMatchObject({
      delivered: false,
      outcome: 'The egress policy denies the mail server. The log of the control plane says why',
    })
    expect(opened.counts.sockets).toBe(0)
  },
)
