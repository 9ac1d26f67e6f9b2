import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import { bindHandle, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { Connection } from './connection.ts'
import type { ConnectionUser } from './connection-user.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Records its events. */
class Recorder implements ConnectionUser {
  received = ''
  events: string[] = []
  onData(bytes: Buffer): void {
    this.received += bytes.toString('latin1')
  }
  onEnd(): void {
    this.events.push('end')
  }
  onDrain(): void {
    this.events.push('drain')
  }
  onClose(broken: boolean): void {
    this.events.push(broken ? 'broken' : 'closed')
  }
}

/** A connection, and its peer: a socket of Node's. */
async function pair<User extends ConnectionUser>(user: User) {
  const { handle: listening, port } = bindHandle(TEST_ADDRESS)
  const accepted = new Promise<Connection>((resolve) => {
    listening.onconnection = (_, handle) => resolve(new Connection(handle, user))
  })
  listening.listen(10)
  const peer = connect({ host: TEST_ADDRESS, port, allowHalfOpen: true })
  const connection = await accepted
  listening.close()
  cleanups.push(() => {
    connection.destroy()
    peer.destroy()
  })
  return { connection, peer, user }
}

const hashOf = (bytes: Buffer | string) => createHash('sha1').update(bytes).digest('hex')

async function read(peer: Socket, size: number): Promise<string> {
  let text = ''
  peer.setEncoding('latin1')
  peer.on('data', (data) => {
    text += data
  })
  await until(() => text.length >= size)
  return text
}

describe('writing', () => {
  test('gathers small pieces, and keeps the order between small and large ones', async () => {
    const { connection, peer } = await pair(new Recorder())
    const large = Buffer.alloc(100_000, 'L')
    connection.writeText('one ')
    connection.writeBytes(Buffer.from('two '))
    connection.writeBytes(large)
    connection.writeText(' three')
    connection.flush()
    const expected = `one two ${large} three`
    expect(hashOf(await read(peer, expected.length))).toBe(hashOf(expected))
    expect(connection.bytesWritten).toBe(expected.length)
  })

  test('pending writes keep their memory alive', async () => {
    const { connection, peer } = await pair(new Recorder())
    const size = 16 << 20
    connection.writeBytes(Buffer.alloc(size, 'L'))
    expect(connection.congested).toBe(true)
    collectGarbage()
    // Overwrites the memory, if it was freed.
    expect(Buffer.alloc(size, '?')).toHaveLength(size)
    expect(hashOf(await read(peer, size))).toBe(hashOf('L'.repeat(size)))
  })

  test('flushSoon sends by itself', async () => {
    const { connection, peer } = await pair(new Recorder())
    connection.writeText('soon')
    expect(connection.flushSoon()).toBe(true)
    expect(await read(peer, 4)).toBe('soon')
  })

  test('flush reports that the kernel has no room, and onDrain follows when it has', async () => {
    const { connection, peer, user } = await pair(new Recorder())
    peer.pause()
    const piece = Buffer.alloc(60_000, 'x')
    let sent = 0
    do {
      connection.writeBytes(piece)
      sent += piece.length
    } while (connection.flush())
    expect(connection.congested).toBe(true)
    expect(user.events).toEqual([])
    peer.resume()
    await read(peer, sent)
    await until(() => user.events.includes('drain'))
    expect(connection.congested).toBe(false)
  })
})

describe('ends', () => {
  test('each direction ends by itself, and both ends close the connection', async () => {
    const { connection, peer, user } = await pair(new Recorder())
    connection.resume()
    peer.end('request')
    await until(() => user.events.includes('end'))
    expect(user.received).toBe('request')
    connection.writeText('response')
    connection.end()
    expect(await read(peer, 8)).toBe('response')
    await until(() => user.events.length === 2)
    expect(user.events).toEqual(['end', 'closed'])
  })

  test('a reset of either side is reported as broken', async () => {
    const other = await pair(new Recorder())
    other.connection.resume()
    await until(() => other.peer.readyState === 'open')
    other.peer.resetAndDestroy()
    await until(() => other.user.events.length === 1)
    expect(other.user.events).toEqual(['broken'])

    const own = await pair(new Recorder())
    const error = new Promise<NodeJS.ErrnoException>((resolve) => own.peer.on('error', resolve))
    own.connection.reset()
    expect((await error).code).toBe('ECONNRESET')
    await until(() => own.user.events.length === 1)
    expect(own.user.events).toEqual(['broken'])
  })

  test('a write to a closed connection does nothing', async () => {
    const { connection, user } = await pair(new Recorder())
    connection.destroy()
    connection.writeText('late')
    connection.writeBytes(Buffer.alloc(50_000))
    expect(connection.flush()).toBe(true)
    connection.end()
    connection.resume()
    await until(() => user.events.length === 1)
    expect(user.events).toEqual(['broken'])
  })
})

test('a fault of a user closes its connection, is reported, and affects no other', async () => {
  const faults: unknown[] = []
  onFault((one) => faults.push(one))
  cleanups.push(() => onFault(null))
  const fault = new Error('planted')
  class Faulty extends Recorder {
    override onData(): void {
      throw fault
    }
  }
  const [faulty, sound] = [await pair(new Faulty()), await pair(new Recorder())]
  faulty.connection.resume()
  sound.connection.resume()
  const error = new Promise<NodeJS.ErrnoException>((resolve) => faulty.peer.on('error', resolve))
  faulty.peer.write('x')
  expect((await error).code).toBe('ECONNRESET')
  await until(() => faulty.user.events.length === 1)
  sound.peer.write('unaffected')
  await until(() => sound.user.received === 'unaffected')
  expect([faults, faulty.user.events]).toEqual([[fault], ['broken']])
})

/** Forwards data faster than the target reads it. */
class Forwarder extends Recorder {
  to: Connection | null = null
  forwarded = 0
  override onData(bytes: Buffer): void {
    this.to?.writeBytes(bytes)
    this.to?.flush()
    this.forwarded += bytes.length
  }
}

test.each([
  ['in the shared buffer', 40_000],
  ['in a bulk buffer', 400_000],
])('data that waits for a slow reader %s is not overwritten by the next read', async (_, size) => {
  const flows = await Promise.all(
    ['a', 'b'].map(async (letter) => {
      const source = await pair(new Forwarder())
      const target = await pair(new Recorder())
      source.user.to = target.connection
      source.connection.resume()
      target.peer.pause()
      return { letter, source, target, sent: createHash('sha1') }
    }),
  )
  const total = 16 * 1024 * 1024
  for (let sent = 0; sent < total; sent += size) {
    for (const { letter, source, sent: hash } of flows) {
      const piece = Buffer.alloc(size, `${letter}${sent}.`)
      hash.update(piece)
      source.peer.write(piece)
    }
    await until(() => flows.every(({ source }) => source.user.forwarded === sent + size))
  }
  for (const { source, target, sent } of flows) {
    expect(target.connection.congested).toBe(true)
    const received = createHash('sha1')
    let count = 0
    target.peer.on('data', (data) => {
      received.update(data)
      count += data.length
    })
    target.peer.resume()
    await until(() => count === source.user.forwarded)
    expect(received.digest('hex')).toBe(sent.digest('hex'))
  }
})

test('text beyond latin1 resets the connection, and no part of it is sent', async () => {
  const faults: unknown[] = []
  onFault((one) => faults.push(one))
  cleanups.push(() => onFault(null))
  const { connection, peer, user } = await pair(new Recorder())
  connection.resume()
  let received = ''
  const ended = new Promise((resolve) => peer.on('error', resolve).on('close', resolve))
  peer.on('data', (data) => {
    received += data.toString('latin1')
  })
  connection.writeText('HTTP/1.1 200 OK\r\nX: ')
  connection.writeText('\u010d\u010aX-Injected: yes')
  connection.flush()
  await ended
  await until(() => user.events.includes('broken'))
  expect(received).toBe('')
  expect(faults).toEqual([expect.any(RangeError)])
})
