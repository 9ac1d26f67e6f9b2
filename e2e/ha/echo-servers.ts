import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { WebSocketServer } from 'ws'

/** The servers of long-lived connections: a WebSocket and a TCP server that echo. */
export async function startEchoServers(address: string, ports: { websocket: number; tcp: number }) {
  const http = createHttpServer((_, response) => response.end('ok'))
  new WebSocketServer({ server: http }).on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data))
  })
  const tcp = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  const servers = [http.listen(ports.websocket, address), tcp.listen(ports.tcp, address)]
  await Promise.all(servers.map((server) => once(server, 'listening')))
  return {
    close() {
      http.closeAllConnections()
      for (const server of servers) server.close()
    },
  }
}
