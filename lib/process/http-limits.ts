import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { contain } from './faults.ts'

/**
 * How long a client may take, in milliseconds: from the connection to the end of a request's head, and to the end of its
 * body. Node answers 408 and closes the connection.
 */
export const HTTP_TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often Node enforces the timeouts. */
  connectionsCheckingInterval: 1000,
}

/** A connection is closed if its client reads nothing of a response for this long. */
const UNREAD_MS = 30_000

/**
 * Limits a server's connections. One beyond `max` evicts the connection that has been idle longest, or else the oldest with an
 * unread response, so clients can't lock others out by opening many. Connections with a request in progress are never evicted;
 * if all have one, the new connection is closed. A connection is also closed if its client reads nothing of a response for
 * `unreadMs`.
 */
export function limitConnections(server: Server, max: number, unreadMs = UNREAD_MS): void {
  const open = new Set<Socket>()
  /** Connections without a request in progress, longest idle first. */
  const idle = new Set<Socket>()
  /** Requests in progress per connection; pipelining makes it more than one. */
  const answering = new Map<Socket, number>()
  /** Of a TLS server: the sockets whose handshakes are not done, by both ends. */
  const handshaking = new Map<string, Socket>()
  const forget = (socket: Socket) => {
    open.delete(socket)
    idle.delete(socket)
    answering.delete(socket)
  }
  const add = (socket: Socket) => {
    open.add(socket)
    idle.add(socket)
    const onClose = contain('connection', () => forget(socket))
    socket.once('close', onClose)
  }
  const onConnection = contain('connection', (socket: Socket) => {
    const [unread] = open.size >= max && idle.size === 0 ? [...open].filter(isUnread) : []
    add(socket)
    if (server instanceof TlsServer) {
      const ends = endsOf(socket)
      handshaking.set(ends, socket)
      const onClose = contain('connection', () => handshaking.delete(ends))
      socket.once('close', onClose)
    }
    if (open.size > max) (unread ?? idle.values().next().value)?.destroy()
  })
  // Requests arrive on the socket that TLS wraps around the first one.
  const onSecure = contain('connection', (socket: Socket) => {
    const ends = endsOf(socket)
    const wrapped = handshaking.get(ends)
    handshaking.delete(ends)
    if (wrapped) forget(wrapped)
    add(socket)
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
  // With a listener, Node doesn't close the connection itself.
  const onTimeout = contain('connection', (socket: Socket) => {
    if (idle.has(socket) || isUnread(socket)) socket.destroy()
  })
  server.on('connection', onConnection)
  if (server instanceof TlsServer) server.on('secureConnection', onSecure)
  server.on('request', onRequest)
  server.on('timeout', onTimeout)
  server.timeout = unreadMs
}

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket) =>
  [remoteAddress, remotePort, localAddress, localPort].join(' ')

const isUnread = ({ writableLength }: Socket) => writableLength > 0
