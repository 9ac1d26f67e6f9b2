import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startNginxWith } from '#lib/testing/programs/nginx.ts'
import { check, down, up } from '#lib/testing/runtime/checks.ts'
import { type RunningLb, TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { sendRequest, startLb } from '#lib/testing/runtime/sockets.ts'

// TLS to a real server. `tls-failures.integration.test.ts` has the failures.

const PORT = 8443
const PROXY_PORT = 8444
const FILE = randomBytes(8 << 20)
const { name: NAME } = TEST_CERTIFICATE
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const trusted = mkdtempSync(join(tmpdir(), 'fairlead-trusted-'))
beforeAll(() => {
  // The trusted certificates are read once, at the first use.
  writeFileSync(join(trusted, 'ca.pem'), TEST_CERTIFICATE.cert)
  process.env.SSL_CERT_FILE = join(trusted, 'ca.pem')
})
afterAll(() => {
  delete process.env.SSL_CERT_FILE
  rmSync(trusted, { recursive: true, force: true })
})

const UNVERIFIED = { verify: false, server_name: null }
const VERIFIED = { verify: true, server_name: NAME }

function start(port: number, backend: Partial<DesiredBackend>): RunningLb {
  return startLb(port, { tls: UNVERIFIED, ...backend })
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

    test('HTTP: requests are sent over TLS on kept-alive connections, and bodies are byte-exact', async () => {
      const running = start(PORT, servers())
      const agent = new Agent({ keepAlive: true })
      const responses: string[] = []
      for (let count = 0; count < 5; count += 1) {
        responses.push(String((await sendRequest(running, '/', { agent })).body))
      }
      agent.destroy()
      expect(responses[0]).toMatch(/^https TLSv1\.[23] \[\] \d+$/)
      expect(new Set(responses).size).toBe(1)
      const { status, body } = await sendRequest(running, '/file')
      expect(status).toBe(200)
      expect(hash(body)).toBe(hash(FILE))
      const files = await Promise.all(
        Array.from({ length: 8 }, () => sendRequest(running, '/file')),
      )
      expect(files.map((file) => hash(file.body))).toEqual(files.map(() => hash(FILE)))
    })

    test('the certificate must be trusted by the system, and be valid for the server name', async () => {
      const named = start(PORT, { ...servers(), tls: VERIFIED })
      expect(String((await sendRequest(named, '/')).body)).toContain(`[${NAME}]`)
      // Without a server name, any trusted certificate is valid.
      const unnamed = start(PORT, { ...servers(), tls: { verify: true, server_name: null } })
      expect((await sendRequest(unnamed, '/')).status).toBe(200)
      const other = start(PORT, { ...servers(), tls: { verify: true, server_name: 'other.test' } })
      expect((await sendRequest(other, '/')).status).toBe(503)
    })

    test('the host for servers is sent as Host, and without its port as SNI', async () => {
      const host = `${NAME}:8443`
      const named = start(PORT, { ...servers(), host, tls: { verify: true, server_name: host } })
      const { body } = await sendRequest(named, '/host')
      expect(String(body)).toBe(`[${NAME}] ${host} ${TEST_ADDRESS}:${named.port}`)
      const other = { host: 'other.test', tls: { verify: true, server_name: 'other.test' } }
      expect((await sendRequest(start(PORT, { ...servers(), ...other }), '/host')).status).toBe(503)
    })

    test('TCP: the client’s plain connection is forwarded over TLS', async () => {
      const running = start(PORT, { ...servers(), protocol: 'tcp', tls: VERIFIED })
      const { status, body } = await sendRequest(running, '/file')
      expect(status).toBe(200)
      expect(hash(body)).toBe(hash(FILE))
    })

    test.each(['http', 'tcp'] as const)(
      '%s: a PROXY header precedes the handshake',
      async (protocol) => {
        const running = start(PROXY_PORT, { ...servers(), protocol, proxy_protocol: 'v2' })
        const { body } = await sendRequest(running, '/')
        expect(String(body)).toBe(`${TEST_ADDRESS} https`)
      },
    )

    test('HTTP health checks use TLS as requests do, and TCP checks only connect', async () => {
      const target = { address: nginx().address, port: PORT }
      const http = { method: 'GET', uri: '/health', code: 200, host: '' }
      const kind = { type: 'http', ...http } as const
      expect(await check(target, { kind }, 'none', UNVERIFIED)).toEqual(up('HTTP 200'))
      expect(await check(target, { kind }, 'none', VERIFIED)).toEqual(up('HTTP 200'))
      expect(await check(target, { kind }, 'none', null)).toEqual(down('HTTP 400, expected 200'))
      expect(await check(target, { kind: { type: 'tcp' } }, 'none', VERIFIED)).toEqual(
        up('connected'),
      )
      const misnamed = await check(target, { kind }, 'none', {
        verify: true,
        server_name: 'other.test',
      })
      expect(misnamed).toEqual(down('its certificate is for another name'))
    })

    test('switching TLS on or off applies to the next request', async () => {
      const running = start(PORT, servers())
      const agent = new Agent({ keepAlive: true })
      expect((await sendRequest(running, '/', { agent })).status).toBe(200)
      const [backend] = running.lb.config.backends as [DesiredBackend]
      running.change({ backends: [{ ...backend, tls: null }] })
      // nginx's response to plain HTTP on a TLS port.
      expect((await sendRequest(running, '/', { agent })).status).toBe(400)
      running.change({ backends: [{ ...backend, tls: VERIFIED }] })
      expect(String((await sendRequest(running, '/', { agent })).body)).toContain(`[${NAME}]`)
      agent.destroy()
    })
  },
)
