import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import type { Seen } from './other-parser.ts'

/** A server that answers every request, and notes the bytes it got and what Node's own parser made of them. */
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
      // A request that is broken off is no disagreement; one that can't be parsed is.
      const { code = '' } = error as NodeJS.ErrnoException
      if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') this.#refused.push(error)
      socket.destroy()
    })
    this.#server.listen(port, address)
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** What came since the last call, one buffer a connection, and what could not be parsed of it. */
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

/** What a server says, latin1, and whether it closes after it. */
type Script = { bytes: string; closes: boolean }

/** A server that says to its first request what it was told to, and an answer of its own to every other. */
export async function answeringServer(script: Script, address: string, port = 0) {
  let connections = 0
  let answer = script
  let answered = false
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    // One that says nothing is a health check's.
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
    /** Says this to the next request. */
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
