import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { type RequestOptions, request } from 'node:https'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginxWith } from '#lib/testing/programs/nginx.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import {
  type RunningLb,
  runLb,
  TEST_ADDRESS,
  testBackend,
} from '#lib/testing/runtime/running-lb.ts'

// TLS passthrough: real nginx with HTTP/2, and clients that verify the certificate.

const PORT = 8443
const FILE = Buffer.alloc(8 << 20, 'The quick brown fox jumps over the lazy dog. ')
const TLS = { ca: TEST_CERTIFICATE.cert, servername: TEST_CERTIFICATE.name }
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const addresses = ownAddresses(2)
let servers: ServerProgram[]
let running: RunningLb

async function startServer(address: string): Promise<ServerProgram> {
  return startNginxWith(address, PORT, (directory) => {
    writeFileSync(join(directory, 'key.pem'), TEST_CERTIFICATE.key)
    writeFileSync(join(directory, 'cert.pem'), TEST_CERTIFICATE.cert)
    writeFileSync(join(directory, 'file'), FILE)
    return `
  server {
    listen ${address}:${PORT} ssl http2;
    ssl_certificate ${directory}/cert.pem;
    ssl_certificate_key ${directory}/key.pem;
    root ${directory};
    location /file { }
    location / { return 200 "$server_addr $server_protocol"; }
  }`
  })
}

beforeAll(async () => {
  servers = await Promise.all(addresses.map(startServer))
  running = runLb(testBackend(PORT, { protocol: 'tcp', servers: addresses }))
})

afterAll(async () => {
  running.lb.retire()
  await Promise.all(servers.map((server) => server.remove()))
})

async function get(path: string, options: RequestOptions = {}): Promise<Buffer> {
  const pending = request({ ...TLS, host: TEST_ADDRESS, port: running.port, path, ...options })
  pending.end()
  const [response] = (await once(pending, 'response')) as [NodeJS.ReadableStream]
  return buffer(response)
}

async function http2Session(): Promise<ClientHttp2Session> {
  const session = connectHttp2(`https://${TEST_ADDRESS}:${running.port}`, TLS)
  onTestFinished(() => session.destroy())
  await once(session, 'connect')
  return session
}

const get2 = (session: ClientHttp2Session, path: string) =>
  buffer(session.request({ ':path': path }))

test('clients see the server’s certificate', async () => {
  const socket = connectTls({ ...TLS, host: TEST_ADDRESS, port: running.port })
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'secureConnect')
  expect(socket.authorized).toBe(true)
  const own = new X509Certificate(TEST_CERTIFICATE.cert)
  expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(own.fingerprint256)
})

test('HTTPS connections are distributed evenly, and large responses are byte-exact', async () => {
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => get('/', { agent: false }).then(String)),
  )
  for (const address of addresses) {
    expect(responses.filter((reply) => reply === `${address} HTTP/1.1`)).toHaveLength(10)
  }
  expect(hash(await get('/file'))).toBe(hash(FILE))
})

test('client and server use HTTP/2 with many concurrent streams', async () => {
  const session = await http2Session()
  expect(session.alpnProtocol).toBe('h2')
  const own = String(await get2(session, '/'))
  expect(own).toMatch(/ HTTP\/2\.0$/)
  const responses = await Promise.all(Array.from({ length: 100 }, () => get2(session, '/')))
  expect(new Set(responses.map(String))).toEqual(new Set([own]))
  const files = await Promise.all(Array.from({ length: 3 }, () => get2(session, '/file')))
  expect(files.map(hash)).toEqual(files.map(() => hash(FILE)))
})

test('an HTTP/2 connection survives a change of the configuration', async () => {
  const session = await http2Session()
  const own = String(await get2(session, '/'))
  const other = addresses.filter((address) => !own.startsWith(`${address} `))
  const before = running.lb.config.backends
  onTestFinished(() => running.change({ backends: before }))
  running.change({ backends: before.map((backend) => ({ ...backend, servers: other })) })
  expect(String(await get2(session, '/'))).toBe(own)
  expect(String(await get('/', { agent: false }))).toBe(`${other[0]} HTTP/1.1`)
})
