import { afterEach, describe, expect, test } from 'vitest'
import { countSockets } from '#lib/testing/opened-sockets.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'
import { DraftChecks } from '../health/draft-checks.ts'
import { connectTo } from './connect.ts'
import { connectTls } from './connect-tls.ts'
import { BUILT_IN, setEgressPolicy } from './egress-gate.ts'

afterEach(() => setEgressPolicy(BUILT_IN))

const DENIED = [
  '169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd20:ce::254',
  'fd00:c1::a9fe:a9fe',
]

describe.each(DENIED)('to %s', (address) => {
  test('no socket is opened for traffic, in plain text or over TLS', async () => {
    using opened = countSockets()
    const plain = await new Promise((resolve) => connectTo(address, 80, resolve))
    const options = { verify: false, server_name: null, proxyHeader: null, protocol: null }
    const tls = await new Promise((resolve) =>
      connectTls({ address, port: 443 }, options, (transport, reason) =>
        resolve([transport, reason]),
      ),
    )
    expect([plain, tls]).toEqual([null, [null, null]])
    expect(opened.counts.sockets).toBe(0)
  })

  test('no socket is opened by a health check, which fails with the reason', async () => {
    using opened = countSockets()
    const draft = { ...testBackend(80), servers: [address] }
    const { servers } = await new DraftChecks().run(draft)
    expect(servers).toMatchObject([
      {
        address,
        up: false,
        reason: expect.stringMatching(/^Traffic to .* is not allowed: .*(link-local|metadata)/),
      },
    ])
    expect(opened.counts.sockets).toBe(0)
  })
})

test('a socket that is opened is counted', async () => {
  const port = await tcpServer((socket) => socket.end())
  using opened = countSockets()
  const { servers } = await new DraftChecks().run({ ...testBackend(port), servers: [TEST_ADDRESS] })
  expect(servers).toMatchObject([{ up: true }])
  expect(opened.counts.sockets).toBeGreaterThan(0)
})

test('servers of a stored configuration that the policy denies are down, and get no connection', async () => {
  let connections = 0
  const port = await tcpServer((socket) => {
    connections += 1
    socket.end()
  })
  setEgressPolicy({ ownPorts: [port], loopback: true, pools: [] })
  const { lb } = startLb(port)
  await until(() => lb.report().servers[0]?.state === 'down')
  expect(lb.report().servers[0]?.reason).toContain('Fairlead itself listens there')
  expect(connections).toBe(0)
})
