import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { describe, expect, test } from 'vitest'
import type { DesiredCheckKind } from '#lib/protocol/desired-config.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { TEST_ADDRESS, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { Server } from '../../server.ts'
import { HealthMonitor } from '../health-monitor.ts'
import { checkerOf } from './checker-of.ts'

const HTTP = {
  type: 'http',
  method: 'HEAD',
  uri: 'https://a.test/x?y',
  code: 204,
  host: '',
} as const

const checkerFor = (kind: DesiredCheckKind, address = '10.0.0.1') =>
  checkerOf({ ...testBackend(80).health_check, kind, port: 8080 }, address)

const pgError = (code: string, message: string) => {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`)
  const head = Buffer.from('E\0\0\0\0')
  head.writeUInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
}

const mysqlPacket = (sequence: number, payload: Buffer) => {
  const head = Buffer.from([0, 0, 0, sequence])
  head.writeUIntLE(payload.length, 0, 3)
  return Buffer.concat([head, payload])
}
const GREETING = mysqlPacket(0, Buffer.concat([Buffer.from([10]), Buffer.from('8.4.0\0rest')]))
const mysqlError = (sequence: number, message: string) =>
  mysqlPacket(sequence, Buffer.concat([Buffer.from([0xff, 0x15, 4]), Buffer.from(message)]))

type Case = [name: string, kind: DesiredCheckKind, response: string | Buffer, reason: string]

const PASSES: Case[] = [
  ['tcp: connected', { type: 'tcp' }, '', 'connected'],
  ['http: the status', HTTP, 'HTTP/1.1 204 No Content\r\nx: y\r\n\r\n', 'HTTP 204'],
  ['http: no reason phrase', HTTP, 'HTTP/1.0 204\r\n\r\n', 'HTTP 204'],
  [
    'http: after an interim response',
    HTTP,
    'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    'HTTP 204',
  ],
  ['redis: PONG', { type: 'redis' }, '+PONG\r\n', 'Redis responded'],
  ['redis: requires a password', { type: 'redis' }, '-NOAUTH Auth\r\n', 'Redis responded'],
  [
    'pgsql: requests authentication',
    { type: 'pgsql', user: 'u' },
    'R\0\0\0\x08\0\0\0\x03',
    'PostgreSQL responded',
  ],
  [
    'pgsql: refuses the user',
    { type: 'pgsql', user: 'u' },
    pgError('28000', 'no'),
    'PostgreSQL responded',
  ],
  [
    'mysql: accepts the login',
    { type: 'mysql', user: 'u' },
    Buffer.concat([GREETING, mysqlPacket(2, Buffer.from([0, 0]))]),
    'MySQL responded',
  ],
  [
    'ldap: granted',
    { type: 'ldap' },
    Buffer.from('300c02010161070a010004000400', 'hex'),
    'LDAP responded',
  ],
  [
    'ldap: refused',
    { type: 'ldap' },
    Buffer.from('3084000000100201016184000000070a013004000400', 'hex'),
    'LDAP responded',
  ],
]

const FAILS: Case[] = [
  ['http: another status', HTTP, 'HTTP/1.1 503 Busy\r\n', 'HTTP 503, expected 204'],
  ['http: another protocol', HTTP, 'SSH-2.0-x\r\n', 'not an HTTP response'],
  ['redis: loading', { type: 'redis' }, '-LOADING wait\r\n', 'Redis: LOADING wait'],
  ['redis: another protocol', { type: 'redis' }, 'HTTP/1.1 400\r\n', 'not a Redis response'],
  [
    'pgsql: starting up',
    { type: 'pgsql', user: 'u' },
    pgError('57P03', 'starting up'),
    'PostgreSQL: starting up',
  ],
  [
    'pgsql: full',
    { type: 'pgsql', user: 'u' },
    pgError('53300', 'sorry, too many clients already'),
    'PostgreSQL: sorry, too many clients already',
  ],
  [
    'pgsql: a VNC server',
    { type: 'pgsql', user: 'u' },
    'RFB 003.008\n',
    'not a PostgreSQL response',
  ],
  [
    'pgsql: another protocol',
    { type: 'pgsql', user: 'u' },
    'HTTP/1.1',
    'not a PostgreSQL response',
  ],
  [
    'mysql: blocked',
    { type: 'mysql', user: 'u' },
    mysqlError(0, 'Host is blocked'),
    'MySQL: Host is blocked',
  ],
  [
    'mysql: user unknown',
    { type: 'mysql', user: 'u' },
    Buffer.concat([GREETING, mysqlError(2, '#28000Access denied')]),
    'MySQL: Access denied',
  ],
  ['mysql: another protocol', { type: 'mysql', user: 'u' }, 'HTTP/1.1 400', 'not a MySQL response'],
  [
    'ldap: busy',
    { type: 'ldap' },
    Buffer.from('300c02010161070a013304000400', 'hex'),
    'LDAP: busy',
  ],
  [
    'ldap: a response to another request',
    { type: 'ldap' },
    Buffer.from('300c02010165070a010004000400', 'hex'),
    'not an LDAP response',
  ],
  ['ldap: another protocol', { type: 'ldap' }, 'HTTP/1.1 400 Bad', 'not an LDAP response'],
]

describe('judging a response', () => {
  test.each(PASSES)('%s', (_, kind, response, reason) => {
    expect(checkerFor(kind).judge(Buffer.from(response))).toEqual({ passed: true, reason })
  })

  test.each(FAILS)('%s', (_, kind, response, reason) => {
    expect(checkerFor(kind).judge(Buffer.from(response))).toEqual({ passed: false, reason })
  })

  test.each(PASSES.slice(1))('%s: waits while it is incomplete', (_, kind, response) => {
    const checker = checkerFor(kind)
    const whole = Buffer.from(response)
    const results = Array.from(whole, (_, length) => checker.judge(whole.subarray(0, length)))
    expect(results.filter((result) => result !== null)).toEqual([])
  })
})

describe('the request', () => {
  const sent = (kind: DesiredCheckKind, address?: string) =>
    checkerFor(kind, address).request()?.toString('latin1') ?? ''

  test('http: method, path of an absolute URI, and the address as Host', () => {
    expect(sent(HTTP)).toMatch(/^HEAD \/x\?y HTTP\/1\.1\r\nHost: 10\.0\.0\.1:8080\r\n/)
    expect(sent(HTTP, '2001:db8::1')).toContain('Host: [2001:db8::1]:8080\r\n')
    expect(sent({ ...HTTP, host: 'www.a.test' })).toContain('Host: www.a.test\r\n')
  })

  test('pgsql and mysql name their user', () => {
    expect(sent({ type: 'pgsql', user: 'health' })).toMatch(/user\0health\0\0$/)
    expect(sent({ type: 'mysql', user: 'health' })).toContain('health\0\0')
  })
})

test('https: sends the configured name, and accepts any certificate', async () => {
  const names: unknown[] = []
  const origin = createServer(TEST_CERTIFICATE, (socket) => {
    names.push(socket.servername)
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
  }).listen(0, TEST_ADDRESS)
  await once(origin, 'listening')
  const { port } = origin.address() as AddressInfo
  const kind = { ...HTTP, type: 'https', code: 200, sni: TEST_CERTIFICATE.name } as const
  const backend = testBackend(port)
  const health_check = { ...backend.health_check, kind }
  const server = new Server(backend.id, TEST_ADDRESS, port)
  const config = { ...backend, health_check }
  const monitor = new HealthMonitor(server, config)
  monitor.start(config, () => {})
  await until(() => server.state === 'up')
  monitor.stop()
  origin.close()
  expect(names).toEqual([TEST_CERTIFICATE.name])
  expect(monitor.observed().reason).toBe('HTTP 200')
})
