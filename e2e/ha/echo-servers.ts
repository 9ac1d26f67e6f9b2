import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { WebSocketServer } from 'ws'

/** What long-lived connections are made to: a websocket server and a TCP server, both of which say back what they hear. */
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
