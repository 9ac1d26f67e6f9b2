import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'

/** A server that misbehaves until it is stopped. */
export type BadServer = { stop(): Promise<void> }

function listening(server: Server, address: string, port: number): Promise<BadServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, address, () =>
      resolve({
        stop: () => {
          for (const socket of sockets) socket.destroy()
          return new Promise((closed) => server.close(() => closed()))
        },
      }),
    )
  })
}

/** Accepts connections and never responds. */
export function startHangingServer(address: string, port: number): Promise<BadServer> {
  return listening(createServer(), address, port)
}

/** Responds to every request with a status. */
export function startFailingServer(
  address: string,
  port: number,
  status: number,
): Promise<BadServer> {
  const server = createHttpServer((_request, response) => response.writeHead(status).end())
  return listening(server, address, port)
}
