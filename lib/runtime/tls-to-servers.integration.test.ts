import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createServer as createTlsServer } from 'node:tls'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startNginxWith } from '#lib/testing/programs/nginx.ts'
import { check, down, up } from '#lib/testing/runtime/checks.ts'
import {
  type RunningLb,
  runLb,
  TEST_ADDRESS,
  testBackend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'
import { AccessLogs } from './access-log/access-logs.ts'

// Connections to servers that TLS is spoken on: real nginx, and servers that get it wrong.

const PORT = 8443
const PROXY_PORT = 8444
const FILE = randomBytes(8 << 20)
const { name: NAME } = TEST_CERTIFICATE
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const trusted = mkdtempSync(join(tmpdir(), 'fairlead-trusted-'))
beforeAll(() => {
  // Before anybody has asked the system whom it trusts.
  writeFileSync(join(trusted, 'ca.pem'), TEST_CERTIFICATE.cert)
  process.env.SSL_CERT_FILE = join(trusted, 'ca.pem')
})
afterAll(() => {
  delete process.env.SSL_CERT_FILE
  rmSync(trusted, { recursive: true, force: true })
})

const UNVERIFIED = { verify: false, server_name: null }
const VERIFIED = { verify: true, server_name: NAME }

function start(
  port: number,
  backend: Partial<DesiredBackend>,
  logs: AccessLogs | null = null,
): RunningLb {
  const running = runLb(
    testBackend(port, { tls: UNVERIFIED, ...backend }),
    { access_log: true },
    logs,
  )
  onTestFinished(() => running.lb.retire())
  return running
}

type Answer = { status: number; body: Buffer }

async function ask(
  { port }: RunningLb,
  path: string,
  { agent, body }: { agent?: Agent; body?: Buffer } = {},
): Promise<Answer> {
  const options = {
    host: TEST_ADDRESS,
    port,
    path,
    method: body ? 'POST' : 'GET',
    agent: agent ?? false,
  }
  const asked = request(options)
  asked.end(body)
  const [response] = await once(asked, 'response')
  return { status: response.statusCode, body: await buffer(response) }
}

describeWith(
  ['nginx'],
  'nginx',
  (address) =>
    startNginxWith(address, PORT, (directory) => {
      writeFileSync(join(directory, 'key.pem'), TEST_CERTIFICATE.key)
      writeFileSync(join(directory, 'cert.pem'), TEST_CERTIFICATE.cert)
      writeFileSync(join(directory, 'file'), FILE)
      const common = `
    ssl_certificate ${directory}/cert.pem;
    ssl_certificate_key ${directory}/key.pem;
    root ${directory};`
      return `
  server {
    listen ${address}:${PORT} ssl;${common}
    client_max_body_size 100m;
    location /file { }
    location /host { return 200 "[$ssl_server_name] $http_host $http_x_forwarded_host"; }
    location /health { return 200 "$ssl_server_name"; }
    location / { return 200 "$scheme $ssl_protocol [$ssl_server_name] $connection"; }
  }
  server {
    listen ${address}:${PROXY_PORT} ssl proxy_protocol;${common}
    location / { return 200 "$proxy_protocol_addr $scheme"; }
  }`
    }),
  (nginx) => {
    const servers = () => ({ servers: [nginx().address] })

    test('HTTP: requests are sent over TLS, connections kept, and bodies whole', async () => {
      const running = start(PORT, servers())
      const agent = new Agent({ keepAlive: true })
      const answers: string[] = []
      for (let count = 0; count < 5; count += 1) {
        answers.push(String((await ask(running, '/', { agent })).body))
      }
      agent.destroy()
      expect(answers[0]).toMatch(/^https TLSv1\.[23] \[\] \d+$/)
      expect(new Set(answers).size).toBe(1)
      const { status, body } = await ask(running, '/file')
      expect(status).toBe(200)
      expect(hash(body)).toBe(hash(FILE))
      const files = await Promise.all(Array.from({ length: 8 }, () => ask(running, '/file')))
      expect(files.map((file) => hash(file.body))).toEqual(files.map(() => hash(FILE)))
    })

    test('the certificate is verified against those that the system trusts, and for the name', async () => {
      const named = start(PORT, { ...servers(), tls: VERIFIED })
      expect(String((await ask(named, '/')).body)).toContain(`[${NAME}]`)
      // Without a name to be for, that it is signed by somebody trusted is all there is.
      const nameless = start(PORT, { ...servers(), tls: { verify: true, server_name: null } })
      expect((await ask(nameless, '/')).status).toBe(200)
      const other = start(PORT, { ...servers(), tls: { verify: true, server_name: 'other.test' } })
      expect((await ask(other, '/')).status).toBe(503)
    })

    test('a host for servers is their server name without its port, and their Host', async () => {
      const host = `${NAME}:8443`
      const named = start(PORT, { ...servers(), host, tls: { verify: true, server_name: host } })
      const { body } = await ask(named, '/host')
      expect(String(body)).toBe(`[${NAME}] ${host} ${TEST_ADDRESS}:${named.port}`)
      const other = { host: 'other.test', tls: { verify: true, server_name: 'other.test' } }
      expect((await ask(start(PORT, { ...servers(), ...other }), '/host')).status).toBe(503)
    })

    test('TCP: what is plain at the client is TLS at the server', async () => {
      const running = start(PORT, { ...servers(), protocol: 'tcp', tls: VERIFIED })
      const { status, body } = await ask(running, '/file')
      expect(status).toBe(200)
      expect(hash(body)).toBe(hash(FILE))
    })

    test.each(['http', 'tcp'] as const)(
      '%s: a PROXY header goes before the handshake',
      async (protocol) => {
        const running = start(PROXY_PORT, { ...servers(), protocol, proxy_protocol: 'v2' })
        const { body } = await ask(running, '/')
        expect(String(body)).toBe(`${TEST_ADDRESS} https`)
      },
    )

    test('HTTP health checks speak TLS as requests do, and TCP checks connect only', async () => {
      const place = { address: nginx().address, port: PORT }
      const http = { method: 'GET', uri: '/health', code: 200, host: '' }
      const kind = { type: 'http', ...http } as const
      expect(await check(place, { kind }, 'none', UNVERIFIED)).toEqual(up('HTTP 200'))
      expect(await check(place, { kind }, 'none', VERIFIED)).toEqual(up('HTTP 200'))
      expect(await check(place, { kind }, 'none', null)).toEqual(down('HTTP 400, expected 200'))
      expect(await check(place, { kind: { type: 'tcp' } }, 'none', VERIFIED)).toEqual(
        up('connected'),
      )
      const misnamed = await check(place, { kind }, 'none', {
        verify: true,
        server_name: 'other.test',
      })
      expect(misnamed).toEqual(down('its certificate is for another name'))
    })

    test('TLS that is switched on or off takes effect with the next request', async () => {
      const running = start(PORT, servers())
      const agent = new Agent({ keepAlive: true })
      expect((await ask(running, '/', { agent })).status).toBe(200)
      const [backend] = running.lb.config.backends as [DesiredBackend]
      running.change({ backends: [{ ...backend, tls: null }] })
      // nginx's answer to plain HTTP on that port.
      expect((await ask(running, '/', { agent })).status).toBe(400)
      running.change({ backends: [{ ...backend, tls: VERIFIED }] })
      expect(String((await ask(running, '/', { agent })).body)).toContain(`[${NAME}]`)
      agent.destroy()
    })
  },
)

/** A TLS server that does what it is told with each connection. */
async function tlsServer(
  handler: (socket: Socket, tcp: Socket) => void,
  { key, cert } = TEST_CERTIFICATE as { key: string; cert: string },
): Promise<number> {
  const server = createTlsServer({ key, cert, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    const tcp = sockets.find(({ remotePort }) => remotePort === socket.remotePort)
    if (tcp) handler(socket, tcp)
  })
  const sockets: Socket[] = []
  server.on('connection', (tcp: Socket) => sockets.push(tcp))
  server.on('tlsClientError', () => {})
  server.listen(0, TEST_ADDRESS)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as { port: number }).port
}

test.each<[string, () => Promise<number>, DesiredBackend['tls'], RegExp]>([
  ['no TLS', () => tcpServer((socket) => socket.end('hello\r\n')), UNVERIFIED, /is not TLS/],
  ['an end', () => tcpServer((socket) => socket.end()), UNVERIFIED, /connection closed in the TLS/],
  [
    'a reset',
    () => tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    UNVERIFIED,
    /broken in the TLS/,
  ],
  ['a certificate nobody trusts', () => untrusted(), VERIFIED, /not trusted: self-signed/],
])('%s is retried, answered 503, counted and told of in the log', async (_, server, tls, words) => {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-tls-'))
  const logs = new AccessLogs({ directory, node: 'fr-par-a', worker: 1 }, pino({ level: 'silent' }))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const running = start(await server(), { tls, max_retries: 1 }, logs)
  const { status, body } = await ask(running, '/')
  expect(status).toBe(503)
  expect(String(body)).toContain('No secure connection to the server could be made.')
  const { counters, backend_counters, lb_id } = running.lb.report()
  expect(counters).toMatchObject({ connect_failures: 2, proxy_errors: 1 })
  expect(Object.values(backend_counters)[0]).toMatchObject({ retries: 1, connections_current: 0 })
  await logs.settled()
  const line = JSON.parse(readFileSync(join(directory, lb_id, 'fr-par-a.log'), 'utf8'))
  expect(line).toMatchObject({ termination: 'tls_failed', tls_error: expect.stringMatching(words) })
})

/** Another certificate than the one that is trusted. */
async function untrusted(): Promise<number> {
  const { execFileSync } = await import('node:child_process')
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-untrusted-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${NAME}`]
  execFileSync('openssl', ['req', '-x509', ...curve, ...files], { stdio: 'ignore' })
  return tlsServer(() => {}, { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') })
}

test('a server that is silent in the handshake is given up on after the connection timeout', async () => {
  const port = await tcpServer(() => {})
  const { timeouts } = testBackend(port)
  const running = start(port, { max_retries: 0, timeouts: { ...timeouts, connect: 200 } })
  expect((await ask(running, '/')).status).toBe(504)
  await until(() => running.lb.report().counters.connections_current === 0)
})

test('TCP: each direction ends on its own, resets cross, and large data is byte-exact', async () => {
  const port = await tlsServer((socket) => {
    void buffer(socket)
      .then((received) => socket.end(Buffer.concat([received, received])))
      .catch(() => {})
  })
  const running = start(port, { protocol: 'tcp' })
  const client = await tcpClient(running.port)
  client.end(FILE)
  const answer = await buffer(client)
  expect(hash(answer)).toBe(hash(Buffer.concat([FILE, FILE])))
  await until(() => running.lb.sessions === 0)

  const cutting = await tlsServer((socket, tcp) => socket.once('data', () => tcp.resetAndDestroy()))
  const cut = start(cutting, { protocol: 'tcp' })
  const other = await tcpClient(cut.port)
  other.write('x')
  const [error] = (await once(other, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNRESET')
  await until(() => cut.lb.sessions === 0)
})

test('a client that reads slowly slows its server down, and who leaves ends it', async () => {
  let sent = 0
  const port = await tlsServer((socket) => {
    const more = () => {
      let takes = !socket.destroyed
      while (takes) {
        takes = socket.write(Buffer.alloc(64 * 1024))
        sent += 64 * 1024
      }
    }
    socket.on('drain', more)
    more()
  })
  const running = start(port, { protocol: 'tcp' })
  const client = await tcpClient(running.port)
  client.pause()
  let before = -1
  await until(() => {
    const still = sent === before && sent > 0
    before = sent
    return still
  })
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(sent).toBeLessThan(64 << 20)
  client.resume()
  const seen = sent
  await until(() => sent > seen)
  client.destroy()
  await until(() => running.lb.sessions === 0)
})

test('an upgraded connection goes on over TLS', async () => {
  const port = await tlsServer((socket) => {
    socket.once('data', () => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n',
      )
      socket.on('data', (data) => socket.write(data))
    })
  })
  const running = start(port, {})
  const client = await tcpClient(running.port)
  let text = ''
  client.on('data', (data) => {
    text += data
  })
  client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n')
  await until(() => text.includes('101 '))
  client.write('to and fro')
  await until(() => text.endsWith('to and fro'))
})
