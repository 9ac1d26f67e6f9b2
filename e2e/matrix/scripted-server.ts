import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import type { Seen } from './other-parser.ts'

/** A server that responds to every request, and records its bytes and what Node's parser read in them. */
export class NotingServer {
  seen: Seen[] = []
  /** By connection. */
  #received = new Map<Socket, Buffer[]>()
  #refused: NodeJS.ErrnoException[] = []
  readonly #server = createServer((request, response) => {
    let body = ''
    request.setEncoding('latin1').on('data', (data: string) => {
      body += data
    })
    request.on('end', () => {
      this.seen.push({ method: request.method ?? '', target: request.url ?? '', body })
      response.end('ok')
    })
  })

  /** @returns the port */
  async start(address: string, port = 0): Promise<number> {
    this.#server.on('connection', (socket: Socket) => {
      socket.on('data', (data: Buffer) => {
        this.#received.set(socket, [...(this.#received.get(socket) ?? []), data])
      })
    })
    this.#server.on('clientError', (error, socket) => {
      // An aborted request is no disagreement; one that can't be parsed is.
      const { code = '' } = error as NodeJS.ErrnoException
      if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') this.#refused.push(error)
      socket.destroy()
    })
    this.#server.listen(port, address)
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** The bytes since the last call, one buffer per connection, and those that could not be parsed. */
  take(): { seen: Seen[]; received: Buffer[]; refused: NodeJS.ErrnoException[] } {
    const { seen } = this
    const received = [...this.#received.values()].map((parts) => Buffer.concat(parts))
    const refused = this.#refused
    this.seen = []
    this.#received = new Map()
    this.#refused = []
    return { seen, received, refused }
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

/** A server's bytes, latin1, and whether it closes afterwards. */
type Script = { bytes: string; closes: boolean }

/** A server that sends given bytes to its first request, and a fixed response to every other. */
export async function answeringServer(script: Script, address: string, port = 0) {
  let connections = 0
  let answer = script
  let answered = false
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    // Connections without a request are health checks.
    socket.once('data', () => {
      connections += 1
    })
    socket.on('data', () => {
      const bytes = answered ? 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext' : answer.bytes
      socket.write(bytes, 'latin1')
      if (!answered && answer.closes) socket.end()
      answered = true
    })
  })
  server.listen(port, address)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    /** Sets the bytes for the next request. */
    say(next: Script) {
      answer = next
      answered = false
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

export type AnsweringServer = Awaited<ReturnType<typeof answeringServer>>
