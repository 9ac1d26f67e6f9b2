import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createServer as createTlsServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { startLoggedLb } from '#lib/testing/runtime/logged-lb.ts'
import { TEST_ADDRESS, testBackend, until, untilStable } from '#lib/testing/runtime/running-lb.ts'
import { sendRequest, startLb, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

// Servers that fail at TLS, and connections that end over TLS.

const FILE = randomBytes(8 << 20)
const { name: NAME } = TEST_CERTIFICATE
const UNVERIFIED = { verify: false, server_name: null }
const VERIFIED = { verify: true, server_name: NAME }
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const start = (port: number, backend: Partial<DesiredBackend>) =>
  startLb(port, { tls: UNVERIFIED, ...backend })

/** A TLS server. The handler also gets the TCP connection below TLS. */
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
  [
    'a response without TLS',
    () => tcpServer((socket) => socket.end('hello\r\n')),
    UNVERIFIED,
    /is not TLS/,
  ],
  [
    'a closed connection',
    () => tcpServer((socket) => socket.end()),
    UNVERIFIED,
    /connection closed in the TLS/,
  ],
  [
    'a reset',
    () => tcpServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    UNVERIFIED,
    /broken in the TLS/,
  ],
  ['an untrusted certificate', () => untrusted(), VERIFIED, /not trusted: self-signed/],
])('%s is retried, results in 503, and is counted and logged', async (_, server, tls, reason) => {
  const running = startLoggedLb(await server(), { tls, max_retries: 1 })
  const { status, body } = await sendRequest(running, '/')
  expect(status).toBe(503)
  expect(String(body)).toContain('No secure connection to the server could be made.')
  const { counters, backend_counters } = running.lb.report()
  expect(counters).toMatchObject({ connect_failures: 2, proxy_errors: 1 })
  expect(Object.values(backend_counters)[0]).toMatchObject({ retries: 1, connections_current: 0 })
  expect(await running.line()).toMatchObject({
    termination: 'tls_failed',
    tls_error: expect.stringMatching(reason),
  })
})

/** A server with a self-signed certificate that is not trusted. */
async function untrusted(): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-untrusted-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const files = ['-keyout', key, '-out', cert, '-days', '2', '-subj', `/CN=${NAME}`]
  execFileSync('openssl', ['req', '-x509', ...curve, ...files], { stdio: 'ignore' })
  return tlsServer(() => {}, { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') })
}

test('a handshake without a response is aborted at the connect timeout', async () => {
  const port = await tcpServer(() => {})
  const { timeouts } = testBackend(port)
  const running = start(port, { max_retries: 0, timeouts: { ...timeouts, connect: 200 } })
  expect((await sendRequest(running, '/')).status).toBe(504)
  await until(() => running.lb.report().counters.connections_current === 0)
})

test('TCP: each direction ends by itself, resets are forwarded, and large data is byte-exact', async () => {
  const port = await tlsServer((socket) => {
    void buffer(socket)
      .then((received) => socket.end(Buffer.concat([received, received])))
      .catch(() => {})
  })
  const running = start(port, { protocol: 'tcp' })
  const client = await tcpClient(running.port)
  client.end(FILE)
  const response = await buffer(client)
  expect(hash(response)).toBe(hash(Buffer.concat([FILE, FILE])))
  await until(() => running.lb.sessions === 0)

  const cutting = await tlsServer((socket, tcp) => socket.once('data', () => tcp.resetAndDestroy()))
  const cut = start(cutting, { protocol: 'tcp' })
  const other = await tcpClient(cut.port)
  other.write('x')
  const [error] = (await once(other, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNRESET')
  await until(() => cut.lb.sessions === 0)
})

test('a slow client slows its server down, and closing it closes the server’s connection', async () => {
  let sent = 0
  const port = await tlsServer((socket) => {
    const more = () => {
      let takesMore = !socket.destroyed
      while (takesMore) {
        takesMore = socket.write(Buffer.alloc(64 * 1024))
        sent += 64 * 1024
      }
    }
    socket.on('drain', more)
    more()
  })
  const running = start(port, { protocol: 'tcp' })
  const client = await tcpClient(running.port)
  client.pause()
  await untilStable(() => sent)
  expect(sent).toBeLessThan(64 << 20)
  client.resume()
  const before = sent
  await until(() => sent > before)
  client.destroy()
  await until(() => running.lb.sessions === 0)
})

test('an upgraded connection is tunnelled over TLS', async () => {
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
  client.write('echo')
  await expect.poll(() => text).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\necho$/s)
})
