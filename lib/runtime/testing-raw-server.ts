import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A server that answers heads of requests with text, byte for byte, whatever that is. */
export type RawServer = { close(): void }

/** @param answer to a request's head; bodies are taken for none, so they have to be empty */
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
