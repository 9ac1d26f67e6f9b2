import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { DesiredCheckKind } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { describeWith } from '#lib/testing/programs/describe-with.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import { startNginxWith } from '#lib/testing/programs/nginx.ts'
import type { ServerProgram } from '#lib/testing/programs/server-program.ts'
import { check, down, expectToFollow, up } from '#lib/testing/runtime/checks.ts'

// Health checks of real web servers: over TLS by name, and with PROXY headers.

const PORT = 5000
const TLS_PORT = 5001
const HTTP = { method: 'GET', uri: '/', code: 200, host: '' } as const
const HTTPS: DesiredCheckKind = { type: 'https', sni: TEST_CERTIFICATE.name, ...HTTP }

/** Writes the certificate to a directory. @returns the directives for it */
function certificateIn(directory: string): string {
  writeFileSync(`${directory}/key`, TEST_CERTIFICATE.key)
  writeFileSync(`${directory}/certificate`, TEST_CERTIFICATE.cert)
  return `ssl_certificate ${directory}/certificate; ssl_certificate_key ${directory}/key;`
}

/** Serves one name, and sends an alert to clients that request another. */
const onlyByName = (address: string) => (directory: string) =>
  `
  server { listen ${address}:${PORT} ssl default_server; ssl_reject_handshake on; }
  server {
    listen ${address}:${PORT} ssl;
    server_name ${TEST_CERTIFICATE.name};
    ${certificateIn(directory)}
    location / { return 200 "ok\\n"; }
    location /gone { return 410; }
  }`

describeWith(
  ['nginx'],
  'nginx over HTTPS, by its name only',
  (address) => startNginxWith(address, PORT, onlyByName(address)),
  (server) => {
    test('the state follows a hang, a crash and a restart', () => {
      const kind = { ...HTTPS, host: TEST_CERTIFICATE.name }
      return expectToFollow(server(), kind, 'HTTP 200')
    })

    const unknown = 'TLS handshake failed: the server does not know that name'
    test.each<[string, Partial<DesiredCheckKind>, ReturnType<typeof up | typeof down>]>([
      ['its name', { sni: TEST_CERTIFICATE.name }, up('HTTP 200')],
      ['its name as the Host only', { sni: '', host: TEST_CERTIFICATE.name }, up('HTTP 200')],
      ['another name', { sni: 'other.test' }, down(unknown)],
      ['no name', { sni: '', host: '' }, down(unknown)],
      [
        'a path with another status',
        { host: TEST_CERTIFICATE.name, uri: '/gone' },
        down('HTTP 410, expected 200'),
      ],
      [
        'a path with the expected status',
        { host: TEST_CERTIFICATE.name, uri: '/gone', code: 410 },
        up('HTTP 410'),
      ],
    ])('%s', async (_, changes, expected) => {
      const host = TEST_CERTIFICATE.name
      const kind = { ...HTTPS, host, ...changes } as DesiredCheckKind
      expect(await check(server(), { kind })).toEqual(expected)
    })
  },
)

/** Checks of a server that requires a PROXY header. */
function expectsProxyHeaders(kind: DesiredCheckKind) {
  return (server: () => ServerProgram) => {
    test.each(['none', 'v1', 'v2', 'v2_ssl', 'v2_ssl_cn'] as const)(
      'a check that sends one, for traffic with %s',
      async (version) => {
        const result = await check(server(), { kind, send_proxy: true }, version)
        expect(result).toEqual(up('HTTP 200'))
      },
    )

    test('a check that sends none', async () => {
      const result = await check(server(), { kind })
      expect(result).toEqual(down(/^(connection (closed|reset)|HTTP 400,|TLS handshake failed)/))
    })
  }
}

const proxied = (address: string) => (directory: string) =>
  `server {
    listen ${address}:${PORT} proxy_protocol;
    listen ${address}:${TLS_PORT} ssl proxy_protocol;
    ${certificateIn(directory)}
    location / { return 200 "ok\n"; }
  }`

describeWith(
  ['nginx'],
  'nginx that expects PROXY headers',
  (address) => startNginxWith(address, PORT, proxied(address)),
  (server) => {
    describe('HTTP', () => expectsProxyHeaders({ type: 'http', ...HTTP })(server))
    describe('HTTPS', () => expectsProxyHeaders(HTTPS)(() => ({ ...server(), port: TLS_PORT })))
  },
)

const frontend = (address: string) => `frontend web
  bind ${address}:${PORT} accept-proxy
  http-request return status 200`

describeWith(
  ['haproxy'],
  'HAProxy that expects PROXY headers',
  (address) => startHaproxyWith({ address, port: PORT }, frontend(address)),
  expectsProxyHeaders({ type: 'http', ...HTTP }),
)
