import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Place } from '../contenders/contender.ts'

/** Concurrent connection attempts. */
const AT_ONCE = 64
const REQUEST = 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n'
/** The end of the small response. */
const END = 'x\n'

/** Opens connections that send one request each and then stay idle. @throws Error without a response */
export async function openIdle(place: Place, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  const next = async () => {
    for (let left = count - sockets.length; left > 0; left = count - sockets.length) {
      const socket = connect(place.port, place.address)
      sockets.push(socket)
      await answered(socket)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, next))
  return sockets
}

async function answered(socket: Socket): Promise<void> {
  socket.write(REQUEST)
  for (;;) {
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    if (bytes.toString('latin1').endsWith(END)) return
  }
}

/** Closes all connections. */
export async function closeAll(sockets: Socket[]): Promise<void> {
  await Promise.all(
    sockets.map((socket) => {
      const closed = once(socket, 'close')
      socket.end()
      socket.resume()
      return closed
    }),
  )
}
