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

// TLS that this load balancer passes on as it is: real nginx with HTTP/2, real clients that check the certificate.

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
  const asked = request({ ...TLS, host: TEST_ADDRESS, port: running.port, path, ...options })
  asked.end()
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream]
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

test('the certificate that a client sees is the server’s own', async () => {
  const socket = connectTls({ ...TLS, host: TEST_ADDRESS, port: running.port })
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'secureConnect')
  expect(socket.authorized).toBe(true)
  const own = new X509Certificate(TEST_CERTIFICATE.cert)
  expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(own.fingerprint256)
})

test('requests over HTTPS are spread evenly, and large answers are byte-exact', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => get('/', { agent: false }).then(String)),
  )
  for (const address of addresses) {
    expect(answers.filter((answer) => answer === `${address} HTTP/1.1`)).toHaveLength(10)
  }
  expect(hash(await get('/file'))).toBe(hash(FILE))
})

test('a client and a server that agree on HTTP/2 speak it, many streams at a time', async () => {
  const session = await http2Session()
  expect(session.alpnProtocol).toBe('h2')
  const home = String(await get2(session, '/'))
  expect(home).toMatch(/ HTTP\/2\.0$/)
  const answers = await Promise.all(Array.from({ length: 100 }, () => get2(session, '/')))
  expect(new Set(answers.map(String))).toEqual(new Set([home]))
  const files = await Promise.all(Array.from({ length: 3 }, () => get2(session, '/file')))
  expect(files.map(hash)).toEqual(files.map(() => hash(FILE)))
})

test('a connection in HTTP/2 goes on over a change of configuration', async () => {
  const session = await http2Session()
  const home = String(await get2(session, '/'))
  const other = addresses.filter((address) => !home.startsWith(`${address} `))
  const before = running.lb.config.backends
  onTestFinished(() => running.change({ backends: before }))
  running.change({ backends: before.map((backend) => ({ ...backend, servers: other })) })
  expect(String(await get2(session, '/'))).toBe(home)
  expect(String(await get('/', { agent: false }))).toBe(`${other[0]} HTTP/1.1`)
})
