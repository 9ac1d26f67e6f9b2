import { once } from 'node:events'
import { createServer } from 'node:net'
import { connect } from 'node:tls'
import { expect, test } from 'vitest'
import { TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { nextParseSize, serverNameOf } from './client-hello.ts'
import { HelloBuffer } from './hello-buffer.ts'

/** The first bytes of a real TLS client. */
async function helloOf(options: { servername?: string; maxVersion?: 'TLSv1.2' }): Promise<Buffer> {
  const server = createServer().listen(0, TEST_ADDRESS)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect({ host: TEST_ADDRESS, port, rejectUnauthorized: false, ...options })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [hello] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  server.close()
  return hello
}

/** The same handshake, split into records of a size. */
function inRecords(hello: Buffer, size: number): Buffer {
  const data = hello.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < data.length; at += size) {
    const part = data.subarray(at, at + size)
    const head = Buffer.from([22, 3, 1, 0, 0])
    head.writeUInt16BE(part.length, 3)
    records.push(head, part)
  }
  return Buffer.concat(records)
}

test.each([{}, { maxVersion: 'TLSv1.2' as const }])(
  'the name that a client asks for, %j',
  async (more) => {
    const hello = await helloOf({ servername: 'Shop.Example.com', ...more })
    expect(serverNameOf(hello)).toBe('shop.example.com')
    expect(serverNameOf(inRecords(hello, 50))).toBe('shop.example.com')
  },
)

test('an incomplete ClientHello needs more bytes, at any length', async () => {
  const hello = await helloOf({ servername: 'a.example' })
  for (let size = 0; size < hello.length; size += 1) {
    expect([undefined, 'a.example']).toContain(serverNameOf(hello.subarray(0, size)))
  }
  expect(serverNameOf(hello.subarray(0, 40))).toBeUndefined()
})

test('one-byte records are parsed a few dozen times at most, and the SNI is found', async () => {
  const hello = await helloOf({ servername: 'a.example' })
  const all = inRecords(hello, 1)
  const buffer = new HelloBuffer()
  const names: (string | null | undefined)[] = []
  for (let at = 0; at < all.length; at += 6) names.push(buffer.push(all.subarray(at, at + 6)))
  expect(names.at(-1)).toBe('a.example')
  expect(new Set(names.slice(0, -1))).toEqual(new Set([undefined]))
  const endless = inRecords(
    Buffer.concat([Buffer.alloc(5), Buffer.from([1, 0xff, 0xff, 0xff]), Buffer.alloc(3000)]),
    1,
  )
  let looks = 0
  for (let size = 1; size < 16 * 1024; size = nextParseSize(endless.subarray(0, size))) looks += 1
  expect(looks).toBeLessThan(60)
})

test('an empty record is not TLS', () => {
  expect(serverNameOf(Buffer.from([22, 3, 1, 0, 0]))).toBeNull()
})

test('a ClientHello without SNI, and other protocols, have none', async () => {
  expect(serverNameOf(await helloOf({}))).toBeNull()
  expect(serverNameOf(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toBeNull()
  expect(serverNameOf(Buffer.from('SSH-2.0-OpenSSH\r\n'))).toBeNull()
})

test('arbitrary bytes never throw', async () => {
  const hello = await helloOf({ servername: 'a.example' })
  for (let at = 0; at < hello.length; at += 1) {
    for (const byte of [0, 1, 0x7f, 0xff]) {
      const damaged = Buffer.from(hello)
      damaged[at] = byte
      const name = serverNameOf(damaged)
      expect(name === null || name === undefined || /^[a-z0-9_.-]+$/.test(name)).toBe(true)
    }
  }
  const endless = Buffer.concat([
    Buffer.from([22, 3, 1, 0xff, 0xff, 1, 0xff, 0xff, 0xff]),
    Buffer.alloc(20_000),
  ])
  expect(serverNameOf(endless)).toBeNull()
})
