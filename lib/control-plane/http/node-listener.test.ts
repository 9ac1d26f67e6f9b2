import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SERVER_NAME } from '#lib/protocol/join.ts'
import { openTestStore } from '#lib/testing/control-plane/test-store.ts'
import { CertificateAuthority } from '../nodes/joining/certificate-authority.ts'
import type { Store } from '../store/store.ts'
import { NodeListener } from './node-listener.ts'

let store: Store
let authority: CertificateAuthority
let listener: NodeListener
let port: number

beforeAll(async () => {
  store = await openTestStore()
  authority = await CertificateAuthority.open(store)
  listener = await NodeListener.create({
    authority,
    fetch: () => new Response('ok'),
    log: pino({ level: 'silent' }),
    renewEveryMs: 100,
  })
  port = await listener.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await listener.close()
  await store.close()
})

/** A connection that has verified the server by the authority. */
async function connected(options: object = {}): Promise<TLSSocket> {
  const verified = { servername: SERVER_NAME, ca: authority.pem, ...options }
  const socket = connect({ host: '127.0.0.1', port, ...verified })
  await once(socket, 'secureConnect')
  return socket
}

async function serialNumber(): Promise<string> {
  const socket = await connected()
  const { serialNumber: serial } = socket.getPeerCertificate()
  socket.destroy()
  return serial
}

test('the authority is the same each time that it is opened, and its key is not readable', async () => {
  expect((await CertificateAuthority.open(store)).pem).toBe(authority.pem)
  const { value } = await store.reader
    .selectFrom('settings')
    .select('value')
    .where('key', '=', 'node_ca')
    .executeTakeFirstOrThrow()
  expect(value).toMatch(/^sealed:v1:/)
})

test('the server’s certificate is replaced while connections go on', async () => {
  const before = await connected()
  const { serialNumber: first } = before.getPeerCertificate()
  await expect.poll(serialNumber).not.toBe(first)
  const second = await serialNumber()
  await expect.poll(serialNumber).not.toBe(second)
  before.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(String(await once(before, 'data'))).toMatch(/^HTTP\/1.1 200 /)
  before.destroy()
})

test('the server is verified by its name, whatever address is dialled', async () => {
  const socket = await connected()
  expect([socket.authorized, socket.getPeerCertificate().subjectaltname]).toEqual([
    true,
    'DNS:control-plane.fairlead',
  ])
  socket.destroy()
  await expect(connected({ servername: 'localhost' })).rejects.toThrow(/does not match/)
})

test('TLS 1.2 is the oldest version, and sessions are not resumed', async () => {
  const socket = await connected({ maxVersion: 'TLSv1.2' })
  expect(socket.getProtocol()).toBe('TLSv1.2')
  const session = socket.getSession()
  socket.destroy()
  const again = await connected({ maxVersion: 'TLSv1.2', session })
  expect(again.isSessionReused()).toBe(false)
  again.destroy()
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }
  await expect(connected(old)).rejects.toThrow()
})
