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

/** How long nothing of an answer may be read before its connection is closed. Milliseconds. */
const UNREAD_MS = 30_000

/**
 * Bounds a server's connections. One beyond `max` takes the place of the connection that has waited longest for a request,
 * or else of the oldest whose answer waits to be read, so those of which anybody can open many never keep a client out.
 * Those whose requests are being answered stay; where all are, the new one is closed. An answer of which nothing is read
 * for `unreadMs` ends with its connection.
 */
export function limitConnections(server: Server, max: number, unreadMs = UNREAD_MS): void {
  const open = new Set<Socket>()
  /** Without a request being answered, the one that has been so longest first. */
  const idle = new Set<Socket>()
  /** How many requests are being answered; more than one where a client does not wait for the answers. */
  const answering = new Map<Socket, number>()
  const onConnection = contain('connection', (socket: Socket) => {
    const [unread] = open.size >= max && idle.size === 0 ? [...open].filter(isUnread) : []
    open.add(socket)
    idle.add(socket)
    const onClose = contain('connection', () => {
      open.delete(socket)
      idle.delete(socket)
      answering.delete(socket)
    })
    socket.once('close', onClose)
    if (open.size > max) (unread ?? idle.values().next().value)?.destroy()
  })
  const onRequest: Parameters<Server['on']>[1] = contain('connection', (request, response) => {
    const { socket } = request
    idle.delete(socket)
    answering.set(socket, (answering.get(socket) ?? 0) + 1)
    const onAnswered = contain('connection', () => {
      if (!open.has(socket)) return
      const left = (answering.get(socket) ?? 1) - 1
      answering.set(socket, left)
      if (left === 0) idle.add(socket)
    })
    response.once('close', onAnswered)
  })
  // Node leaves the connection to whoever listens, also one that only waits for its next request.
  const onTimeout = contain('connection', (socket: Socket) => {
    if (idle.has(socket) || isUnread(socket)) socket.destroy()
  })
  server.on('connection', onConnection)
  server.on('request', onRequest)
  server.on('timeout', onTimeout)
  server.timeout = unreadMs
}

const isUnread = ({ writableLength }: Socket) => writableLength > 0
