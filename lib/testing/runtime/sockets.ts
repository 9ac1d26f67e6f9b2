import { once } from 'node:events'
import {
  type Agent,
  createServer as createHttpServer,
  type Server as HttpServer,
  type RequestListener,
  request,
} from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import { type RunningLb, runLb, TEST_ADDRESS, testBackend } from './running-lb.ts'

/** Servers, clients and load balancers that are closed at the end of the test. For use within tests only. */

type ListenAddress = { address?: string; port?: number }

/** A TCP server with half-open connections. @returns its port */
export async function tcpServer(
  handler: (socket: Socket) => void,
  { address = TEST_ADDRESS, port = 0 }: ListenAddress = {},
): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    handler(socket)
  }).listen(port, address)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

export async function httpServer(
  handler: RequestListener,
  { address = TEST_ADDRESS, port = 0 }: ListenAddress = {},
): Promise<{ server: HttpServer; port: number }> {
  const server = createHttpServer(handler).listen(port, address)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

/** Listens in a thread that then blocks forever. */
const UNRESPONSIVE_SERVER = `
const { parentPort, workerData: host } = require('node:worker_threads')
const server = require('node:net').createServer()
server.listen({ host, port: 0, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})`
/** More connections than the kernel queues with a backlog of one. */
const TO_FILL_BACKLOG = 4

/** A server that does not accept connections: its backlog is full. @returns its port */
export async function unresponsiveServer(address = TEST_ADDRESS): Promise<number> {
  const thread = new Worker(UNRESPONSIVE_SERVER, { eval: true, workerData: address })
  onTestFinished(async () => {
    await thread.terminate()
  })
  const [port] = (await once(thread, 'message')) as [number]
  const sockets = Array.from({ length: TO_FILL_BACKLOG }, () => connect(port, address))
  for (const socket of sockets) socket.on('error', () => {})
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })
  await once(sockets[0] as Socket, 'connect')
  await once(sockets[1] as Socket, 'connect')
  return port
}

/** A load balancer in front of a server on that port. */
export function startLb(
  port: number,
  backend: Partial<DesiredBackend> = {},
  frontend: Partial<DesiredFrontend> = {},
): RunningLb {
  const running = runLb(testBackend(port, backend), frontend)
  onTestFinished(() => {
    running.lb.retire()
  })
  return running
}

/** A client connection, half-open. */
export async function tcpClient(port: number, localAddress?: string): Promise<Socket> {
  const options = { port, host: TEST_ADDRESS, allowHalfOpen: true, noDelay: true }
  const socket = connect(localAddress ? { ...options, localAddress } : options)
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'connect')
  return socket
}

/** A client connection that records what it receives, latin1. `ended` once the load balancer has ended or closed it. */
export function recordingClient(port: number) {
  const socket = connect({ host: TEST_ADDRESS, port, allowHalfOpen: true })
  const client = { socket, text: '', ended: false }
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    client.text += chunk.toString('latin1')
  })
  socket.on('close', () => {
    client.ended = true
  })
  socket.on('end', () => {
    client.ended = true
    socket.end()
  })
  onTestFinished(() => void socket.destroy())
  return client
}

/** Resolves at an event of a socket. */
export const eventOf = (socket: Socket, event: string) =>
  new Promise<void>((resolve) => socket.once(event, () => resolve()))

/** A half-open client connection that may be reset at once. Sends some bytes. */
export async function openClient(port: number, bytes = ''): Promise<Socket> {
  const socket = connect({ host: TEST_ADDRESS, port, allowHalfOpen: true })
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await Promise.race([eventOf(socket, 'connect'), eventOf(socket, 'close')])
  socket.write(bytes)
  return socket
}

/** Sends a request, a POST if it has a body, on a new connection or an agent's. */
export async function sendRequest(
  { port }: { port: number },
  path: string,
  { agent, body }: { agent?: Agent; body?: Buffer } = {},
): Promise<{ status: number; body: Buffer }> {
  const method = body ? 'POST' : 'GET'
  const sent = request({ host: TEST_ADDRESS, port, path, method, agent: agent ?? false })
  sent.end(body)
  const [response] = await once(sent, 'response')
  return { status: response.statusCode, body: await buffer(response) }
}
