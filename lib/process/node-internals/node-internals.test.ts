import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  bindTcpHandle,
  bytesRead,
  END_OF_FILE,
  lastWriteIsPending,
  newTcpHandle,
  ShutdownWrap,
  socketOf,
  TCPConnectWrap,
  type TcpHandle,
  WriteWrap,
} from '#lib/process/node-internals/tcp-handle.ts'
import { bindHandle, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { newIpcPipe, newServerPipe, PipeConnectWrap, type RawPipe } from './raw-pipe.ts'

// Covers everything in Node's undocumented interface that Fairlead depends on. If a new version of Node changes it, these tests fail first.

async function accepted() {
  const { handle: listening, port } = bindHandle(TEST_ADDRESS)
  const handle = new Promise<TcpHandle>((resolve) => {
    listening.onconnection = (status, connection) => {
      expect(status).toBe(0)
      resolve(connection)
    }
  })
  expect(listening.listen(10)).toBe(0)
  const peer = connect({ host: TEST_ADDRESS, port, allowHalfOpen: true })
  const connection = await handle
  listening.close()
  return { handle: connection, peer, port }
}

describe('a TCP handle', () => {
  test('reads into the buffer of useUserBuffer, then into the one that onread returns', async () => {
    const { handle, peer } = await accepted()
    const [first, second] = [Buffer.alloc(4), Buffer.alloc(4)]
    const sizes: number[] = []
    handle.useUserBuffer(first)
    handle.onread = () => {
      sizes.push(bytesRead())
      return second
    }
    handle.readStart()
    peer.write('abcdefg')
    await until(() => sizes.length === 2)
    expect(sizes).toEqual([4, 3])
    expect([String(first), second.toString('latin1', 0, 3)]).toEqual(['abcd', 'efg'])
    peer.end()
    await until(() => sizes.length === 3)
    expect(sizes[2]).toBe(END_OF_FILE)
    handle.close()
  })

  test('completes a write at once while the send buffer has room, and later otherwise', async () => {
    const { handle, peer } = await accepted()
    peer.pause()
    const request = new WriteWrap()
    expect(handle.writeLatin1String(request, 'now')).toBe(0)
    expect(lastWriteIsPending()).toBe(false)
    const large = Buffer.alloc(1024 * 1024)
    let pending = new WriteWrap()
    let completed = false
    const onWritten = () => {
      completed = true
    }
    for (let count = 0; count < 100; count += 1) {
      pending.oncomplete = onWritten
      expect(handle.writeBuffer(pending, large)).toBe(0)
      if (lastWriteIsPending()) break
      pending = new WriteWrap()
    }
    expect(completed).toBe(false)
    peer.resume()
    await until(() => completed)
    handle.close()
  })

  test('returns the addresses of both ends, and closes with a reset', async () => {
    const { handle, peer, port } = await accepted()
    const name: { address?: string; port?: number } = {}
    expect(handle.getpeername(name)).toBe(0)
    expect(name).toMatchObject({ address: TEST_ADDRESS, port: peer.localPort })
    expect(handle.getsockname(name)).toBe(0)
    expect(name).toMatchObject({ address: TEST_ADDRESS, port })
    const error = new Promise<NodeJS.ErrnoException>((resolve) => peer.on('error', resolve))
    expect(handle.reset()).toBe(0)
    expect((await error).code).toBe('ECONNRESET')
  })

  test('connects, and ends one direction at a time', async () => {
    const { handle: listening, port } = bindHandle(TEST_ADDRESS)
    const ended = new Promise<number>((resolve) => {
      listening.onconnection = (_, connection) => {
        connection.useUserBuffer(Buffer.alloc(16))
        connection.onread = () => {
          resolve(bytesRead())
          connection.close()
          return undefined
        }
        connection.readStart()
      }
    })
    listening.listen(10)
    const handle = newTcpHandle()
    expect(handle.setNoDelay(true)).toBe(0)
    const request = new TCPConnectWrap()
    const connected = new Promise<number>((resolve) => {
      request.oncomplete = resolve
    })
    expect(handle.connect(request, TEST_ADDRESS, port)).toBe(0)
    expect(await connected).toBe(0)
    const shutdown = new ShutdownWrap()
    const finished = new Promise<number>((resolve) => {
      shutdown.oncomplete = resolve
    })
    expect(handle.shutdown(shutdown)).toBe(0)
    expect([await finished, await ended]).toEqual([0, END_OF_FILE])
    handle.close()
    listening.close()
  })

  test('becomes a net.Socket', async () => {
    const { handle, peer } = await accepted()
    const socket = socketOf(handle, { allowHalfOpen: true })
    const received = new Promise<string>((resolve) => {
      peer.once('data', (bytes) => resolve(String(bytes)))
    })
    socket.write('from the handle')
    expect(await received).toBe('from the handle')
    socket.destroy()
    peer.destroy()
  })
})

describe('a bound TCP handle', () => {
  const bound = (port: number, options = {}): TcpHandle => {
    const handle = bindTcpHandle(TEST_ADDRESS, port, options)
    if (typeof handle === 'number') throw new Error(`bind: ${handle}`)
    onTestFinished(() => handle.close())
    return handle
  }
  const portOf = (handle: TcpHandle) => {
    const name: { port?: number } = {}
    handle.getsockname(name)
    return name.port ?? 0
  }

  test('does not listen', async () => {
    const socket = connect(portOf(bound(0)), TEST_ADDRESS)
    const error = new Promise<NodeJS.ErrnoException>((resolve) => socket.on('error', resolve))
    expect((await error).code).toBe('ECONNREFUSED')
  })

  test('shares its port only if all sockets set SO_REUSEPORT', () => {
    const listen = (options: { reusePort?: boolean }) => {
      const first = bound(0, options)
      expect(first.listen(1)).toBe(0)
      return bound(portOf(first), options).listen(1)
    }
    expect(getSystemErrorName(listen({}))).toBe('EADDRINUSE')
    expect(listen({ reusePort: true })).toBe(0)
  })
})

test('a pipe carries a TCP handle beside its bytes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-pipe-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'x.sock')
  const server = newServerPipe()
  const client = newIpcPipe()
  const accepted = new Promise<RawPipe>((resolve) => {
    server.onconnection = (_, connection) => {
      const pipe = newIpcPipe()
      expect(pipe.open(connection.fd)).toBe(0)
      resolve(pipe)
    }
  })
  expect(server.bind(path) || server.listen(1)).toBe(0)
  const request = new PipeConnectWrap()
  const connected = new Promise<number>((resolve) => {
    request.oncomplete = resolve
  })
  client.connect(request, path)
  expect(await connected).toBe(0)

  const received = new Promise<{ text: string; handle: TcpHandle }>((resolve) => {
    client.onread = (bytes) => {
      const text = Buffer.from(bytes ?? new ArrayBuffer(), 0, bytesRead()).toString()
      resolve({ text, handle: client.pendingHandle as TcpHandle })
    }
  })
  expect(client.readStart()).toBe(0)
  const { handle, port } = bindHandle(TEST_ADDRESS)
  const pipe = await accepted
  expect(pipe.writeUtf8String(new WriteWrap(), 'message', handle)).toBe(0)
  const { text, handle: copy } = await received
  const name: { port?: number } = {}
  copy.getsockname(name)
  expect([text, name.port]).toEqual(['message', port])
  for (const one of [handle, copy, client, pipe, server]) one.close()
})

/** Matches code that uses Node's undocumented interface. */
const INTERNAL =
  /\.binding\(|\bbinding\(name|_createServerHandle|\b_handle\b|\b_parent\b|latin1Slice/

test('no other product code uses the undocumented interface', () => {
  const files = globSync('lib/**/*.{ts,mjs}').filter(
    (file) => !/\.test\.ts$|^lib\/testing\//.test(file),
  )
  expect(files.length).toBeGreaterThan(300)
  const found = files.filter((file) => INTERNAL.test(readFileSync(file, 'utf8')))
  expect(found.toSorted()).toEqual([
    'lib/process/node-internals/raw-pipe.ts',
    'lib/process/node-internals/tcp-handle.ts',
  ])
})
