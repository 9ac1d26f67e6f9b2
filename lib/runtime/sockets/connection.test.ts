import { createHash } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import { bindHandle, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { Connection, type ConnectionUser } from './connection.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Notes what it is told. */
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

/** A connection of ours, and the other end of it as Node's own. */
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
    connection.text('one ')
    connection.bytes(Buffer.from('two '))
    connection.bytes(large)
    connection.text(' three')
    connection.flush()
    const expected = `one two ${large} three`
    expect(hashOf(await read(peer, expected.length))).toBe(hashOf(expected))
    expect(connection.bytesWritten).toBe(expected.length)
  })

  test('what waits to be written outlives the collection of garbage', async () => {
    const { connection, peer } = await pair(new Recorder())
    const size = 16 << 20
    connection.bytes(Buffer.alloc(size, 'L'))
    expect(connection.congested).toBe(true)
    collectGarbage()
    // Takes the place of what was freed, if anything was.
    expect(Buffer.alloc(size, '?')).toHaveLength(size)
    expect(hashOf(await read(peer, size))).toBe(hashOf('L'.repeat(size)))
  })

  test('flushSoon sends by itself', async () => {
    const { connection, peer } = await pair(new Recorder())
    connection.text('soon')
    expect(connection.flushSoon()).toBe(true)
    expect(await read(peer, 4)).toBe('soon')
  })

  test('what the other end has no room for is told, and when it has', async () => {
    const { connection, peer, user } = await pair(new Recorder())
    peer.pause()
    const piece = Buffer.alloc(60_000, 'x')
    let sent = 0
    do {
      connection.bytes(piece)
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
  test('one direction ends, the other goes on, and both make it closed', async () => {
    const { connection, peer, user } = await pair(new Recorder())
    connection.resume()
    peer.end('last words')
    await until(() => user.events.includes('end'))
    expect(user.received).toBe('last words')
    connection.text('answer')
    connection.end()
    expect(await read(peer, 6)).toBe('answer')
    await until(() => user.events.length === 2)
    expect(user.events).toEqual(['end', 'closed'])
  })

  test('a reset of either side is told as broken', async () => {
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
    connection.text('late')
    connection.bytes(Buffer.alloc(50_000))
    expect(connection.flush()).toBe(true)
    connection.end()
    connection.resume()
    await until(() => user.events.length === 1)
  })
})

test('a fault of who uses a connection ends that one, is told, and costs no other', async () => {
  const faults: unknown[] = []
  onFault((fault) => faults.push(fault))
  cleanups.push(() => onFault(null))
  const mistake = new Error('a mistake')
  class Faulty extends Recorder {
    override onData(): void {
      throw mistake
    }
  }
  const [faulty, sound] = [await pair(new Faulty()), await pair(new Recorder())]
  faulty.connection.resume()
  sound.connection.resume()
  const error = new Promise<NodeJS.ErrnoException>((resolve) => faulty.peer.on('error', resolve))
  faulty.peer.write('x')
  expect((await error).code).toBe('ECONNRESET')
  await until(() => faulty.user.events.length === 1)
  sound.peer.write('goes on')
  await until(() => sound.user.received === 'goes on')
  expect([faults, faulty.user.events]).toEqual([[mistake], ['broken']])
})

/** Passes on what it reads, faster than it is taken. */
class Passer extends Recorder {
  to: Connection | null = null
  passed = 0
  override onData(bytes: Buffer): void {
    this.to?.bytes(bytes)
    this.to?.flush()
    this.passed += bytes.length
  }
}

test.each([
  ['read into the buffer of all', 40_000],
  ['read into a buffer of its own', 400_000],
])('what waits for a slow reader, %s, is not overwritten by what is read next', async (_, size) => {
  const flows = await Promise.all(
    ['a', 'b'].map(async (letter) => {
      const source = await pair(new Passer())
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
    await until(() => flows.every(({ source }) => source.user.passed === sent + size))
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
    await until(() => count === source.user.passed)
    expect(received.digest('hex')).toBe(sent.digest('hex'))
  }
})

test('text beyond latin1 resets the connection, and no part of it is sent', async () => {
  const faults: unknown[] = []
  onFault((fault) => faults.push(fault))
  cleanups.push(() => onFault(null))
  const { connection, peer, user } = await pair(new Recorder())
  connection.resume()
  let received = ''
  const ended = new Promise((resolve) => peer.on('error', resolve).on('close', resolve))
  peer.on('data', (data) => {
    received += data.toString('latin1')
  })
  connection.text('HTTP/1.1 200 OK\r\nX: ')
  connection.text('\u010d\u010aX-Injected: yes')
  connection.flush()
  await ended
  await until(() => user.events.includes('broken'))
  expect(received).toBe('')
  expect(faults).toEqual([expect.any(RangeError)])
})
