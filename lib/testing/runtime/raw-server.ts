import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A server that responds to request heads with arbitrary bytes. */
export type RawServer = { close(): void }

/** @param response the response to a request head; requests must have no body */
export async function listenRaw(
  { address, port }: { address: string; port: number },
  response: (head: string) => string,
): Promise<RawServer> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    let pending = ''
    socket.setEncoding('latin1').on('data', (data) => {
      const heads = (pending + data).split('\r\n\r\n')
      pending = heads.pop() ?? ''
      for (const head of heads) socket.write(response(`${head}\r\n`), 'latin1')
    })
  }).listen(port, address)
  await once(server, 'listening')
  return {
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
