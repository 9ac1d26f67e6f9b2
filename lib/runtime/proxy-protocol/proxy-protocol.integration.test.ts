import { Agent, type IncomingMessage, request } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import { startNginxWith } from '#lib/testing/programs/nginx.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { freePort, TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { startLb } from '#lib/testing/runtime/sockets.ts'

// Real servers report the addresses that they read from the header.

const IPV6 = '::1'
const [serverAddress = '', ...clientAddresses] = ownAddresses(4)

const nginx = (port: number) =>
  startNginxWith(
    serverAddress,
    port,
    () => `
  server {
    listen ${serverAddress}:${port} proxy_protocol;
    listen [${IPV6}]:${port} proxy_protocol;
    location / {
      return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port";
    }
  }`,
  )

const haproxy = (port: number) =>
  startHaproxyWith(
    { address: serverAddress, port },
    `
frontend report
  bind ${serverAddress}:${port} accept-proxy
  bind [${IPV6}]:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port]"`,
  )

/** Sends a request over the agent's connection. @returns the addresses that the server reports, and the actual ones */
async function send(port: number, agent: Agent, localAddress: string, body?: string) {
  const method = body === undefined ? 'GET' : 'POST'
  const pending = request({ host: TEST_ADDRESS, port, agent, localAddress, method })
  let socket: Socket | undefined
  pending.once('socket', (it) => {
    socket = it
  })
  pending.end(body)
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    pending.once('response', resolve).once('error', reject),
  )
  const from = socket?.address() as AddressInfo
  const received = await text(response)
  return { reported: received, actual: `${from.address} ${from.port} ${TEST_ADDRESS} ${port}` }
}

function keepAliveAgent(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  return agent
}

const VERSIONS = ['v1', 'v2', 'v2_ssl', 'v2_ssl_cn'] as const
const PROTOCOLS = ['tcp', 'http'] as const
const cases = PROTOCOLS.flatMap((protocol) =>
  VERSIONS.map((proxy_protocol) => ({ protocol, proxy_protocol })),
)

describe.each([
  ['nginx', nginx],
  ['HAProxy', haproxy],
] as const)('%s', (_, startServer) => {
  let port: number
  let server: ServerProgram
  beforeAll(async () => {
    port = await freePort()
    server = await startServer(port)
  })
  afterAll(() => server.remove())

  /** Sends requests from several clients in turns, each with its own address and connection. */
  async function expectActualAddresses(backend: Partial<DesiredBackend>): Promise<void> {
    const { port: frontend } = startLb(port, backend)
    const clients = clientAddresses.map((address) => ({ address, agent: keepAliveAgent() }))
    for (let round = 0; round < 3; round += 1) {
      for (const { address, agent } of clients) {
        const { reported, actual } = await send(
          frontend,
          agent,
          address,
          round === 1 ? 'body' : undefined,
        )
        expect(reported).toBe(actual)
        expect(reported.startsWith(`${address} `)).toBe(true)
      }
    }
  }

  test.each(cases)('reads $proxy_protocol in $protocol mode', async (backend) => {
    await expectActualAddresses({ ...backend, servers: [serverAddress] })
  })

  test.each(cases)('reads $proxy_protocol in $protocol mode over IPv6', async (backend) => {
    await expectActualAddresses({ ...backend, servers: [IPV6] })
  })

  test.each(PROTOCOLS)(
    'reads the headers of 40 concurrent clients in %s mode',
    async (protocol) => {
      const servers = [serverAddress, IPV6]
      const { port: frontend } = startLb(port, { protocol, proxy_protocol: 'v2', servers })
      const client = async (index: number) => {
        const address = clientAddresses[index % clientAddresses.length] ?? ''
        const agent = keepAliveAgent()
        const responses = []
        for (let round = 0; round < 5; round += 1)
          responses.push(await send(frontend, agent, address))
        return responses
      }
      const replies = await Promise.all(Array.from({ length: 40 }, (_, index) => client(index)))
      expect(replies.flat().filter(({ reported, actual }) => reported !== actual)).toEqual([])
    },
  )
})
