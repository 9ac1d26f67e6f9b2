import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type RequestListener,
} from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import type { DesiredBackend, DesiredFrontend } from '#lib/protocol/desired-config.ts'
import { type RunningLb, runLb, TEST_ADDRESS, testBackend } from './running-lb.ts'

/** Servers, clients and load balancers that end with the test that made them. Called within a test only. */

type Place = { address?: string; port?: number }

/** A TCP server, whose connections end each direction by itself. @returns its port */
export async function tcpServer(
  handler: (socket: Socket) => void,
  { address = TEST_ADDRESS, port = 0 }: Place = {},
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
  { address = TEST_ADDRESS, port = 0 }: Place = {},
): Promise<{ server: HttpServer; port: number }> {
  const server = createHttpServer(handler).listen(port, address)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

/** Listens in a thread that then stands still for ever. */
const DEAF_SERVER = `
const { parentPort, workerData: host } = require('node:worker_threads')
const server = require('node:net').createServer()
server.listen({ host, port: 0, backlog: 1 }, () => {
  parentPort.postMessage(server.address().port)
  setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
})`
/** More than the kernel keeps for a backlog of one. */
const TO_FILL_BACKLOG = 4

/** A server whose machine does not answer to new connections any more. @returns its port */
export async function deafServer(address = TEST_ADDRESS): Promise<number> {
  const thread = new Worker(DEAF_SERVER, { eval: true, workerData: address })
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

/** A load balancer in front of servers on that port. */
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

/** A client's connection, whose directions end by themselves. */
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
