import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request that was sent except for the last byte of its body. */
export type UnfinishedRequest = {
  /** Sends the last byte. @returns the response's status */
  finish: () => Promise<number>
  end: () => void
}

/** Sends a request except for its last byte, like a client on a slow connection. */
export async function beginRequest(
  url: string,
  {
    method,
    path,
    headers,
    body,
  }: { method: string; path: string; headers: Record<string, string>; body: unknown },
): Promise<UnfinishedRequest> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect(Number(port), hostname)
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const answer = text(socket)
  const bytes = Buffer.from(JSON.stringify(body))
  const fields = {
    Host: `${hostname}:${port}`,
    Connection: 'close',
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    ...headers,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  socket.write(bytes.subarray(0, -1))
  return {
    finish: async () => {
      socket.write(bytes.subarray(-1))
      return Number((await answer).split(' ')[1])
    },
    end: () => socket.destroy(),
  }
}
