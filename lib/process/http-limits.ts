import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { contain } from './faults.ts'

/**
 * How long a client may take, in milliseconds: from the connection to the end of a request's head, and to the end of its
 * body. Node answers 408 and closes the connection.
 */
export const HTTP_TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often these are looked at. */
  connectionsCheckingInterval: 1000,
}

/**
 * Bounds a server's connections. One beyond `max` takes the place of the connection that has waited longest for a request,
 * so idle connections, of which anybody can open many, never keep a client out. Those whose requests are being answered
 * stay; where all are, the new one is closed.
 */
export function limitConnections(server: Server, max: number): void {
  const open = new Set<Socket>()
  /** Without a request being answered, the one that has been so longest first. */
  const idle = new Set<Socket>()
  const onConnection = contain('connection', (socket: Socket) => {
    open.add(socket)
    idle.add(socket)
    const onClose = contain('connection', () => {
      open.delete(socket)
      idle.delete(socket)
    })
    socket.once('close', onClose)
    if (open.size > max) idle.values().next().value?.destroy()
  })
  const onRequest: Parameters<Server['on']>[1] = contain('connection', (request, response) => {
    const { socket } = request
    idle.delete(socket)
    const onAnswered = contain('connection', () => {
      if (open.has(socket)) idle.add(socket)
    })
    response.once('close', onAnswered)
  })
  server.on('connection', onConnection)
  server.on('request', onRequest)
}
