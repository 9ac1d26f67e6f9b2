import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { bindHandle, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import {
  bytesRead,
  END_OF_FILE,
  lastWriteIsPending,
  type TcpHandle,
  WriteWrap,
} from './tcp-handle.ts'

// What is relied on of Node's insides. Where a new version of Node changes any of it, this is what fails first.

async function accepted(): Promise<{ handle: TcpHandle; peer: ReturnType<typeof connect> }> {
  const { handle: listening, port } = bindHandle(TEST_ADDRESS)
  const handle = new Promise<TcpHandle>((resolve) => {
    listening.onconnection = (status, connection) => {
      expect(status).toBe(0)
      resolve(connection)
    }
  })
  expect(listening.listen(10)).toBe(0)
  const peer = connect({ host: TEST_ADDRESS, port })
  const connection = await handle
  listening.close()
  return { handle: connection, peer }
}

test('a handle reads into the buffer it was given, and into the one that onread answers', async () => {
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

test('a write completes at once while the kernel has room, and says so when it does not', async () => {
  const { handle, peer } = await accepted()
  peer.pause()
  const request = new WriteWrap()
  expect(handle.writeLatin1String(request, 'now')).toBe(0)
  expect(lastWriteIsPending()).toBe(false)
  const much = Buffer.alloc(1024 * 1024)
  let pending = new WriteWrap()
  let completed = false
  const written = () => {
    completed = true
  }
  for (let count = 0; count < 100; count += 1) {
    pending.oncomplete = written
    expect(handle.writeBuffer(pending, much)).toBe(0)
    if (lastWriteIsPending()) break
    pending = new WriteWrap()
  }
  expect(completed).toBe(false)
  peer.resume()
  await until(() => completed)
  handle.close()
})

test('names both ends, and closes by a reset', async () => {
  const { handle, peer } = await accepted()
  const name: { address?: string; port?: number } = {}
  expect(handle.getpeername(name)).toBe(0)
  expect(name).toMatchObject({ address: TEST_ADDRESS, port: peer.localPort })
  const error = new Promise<NodeJS.ErrnoException>((resolve) => peer.on('error', resolve))
  expect(handle.reset()).toBe(0)
  expect((await error).code).toBe('ECONNRESET')
})
