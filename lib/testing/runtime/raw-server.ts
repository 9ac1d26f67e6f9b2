import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A server that answers request heads with arbitrary bytes. */
export type RawServer = { close(): void }

/** @param answer the response to a request head; requests must have no body */
export async function listenRaw(
  { address, port }: { address: string; port: number },
  answer: (head: string) => string,
): Promise<RawServer> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    let held = ''
    socket.setEncoding('latin1').on('data', (data) => {
      const heads = (held + data).split('\r\n\r\n')
      held = heads.pop() ?? ''
      for (const head of heads) socket.write(answer(`${head}\r\n`), 'latin1')
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
