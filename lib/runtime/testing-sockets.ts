import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type RequestListener,
} from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { DesiredBackend, DesiredFrontend } from '#lib/config/desired.ts'
import { type RunningLb, runLb, TEST_ADDRESS, testBackend } from './testing.ts'

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
