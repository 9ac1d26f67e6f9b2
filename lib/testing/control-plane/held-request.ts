import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request whose body is complete but for its last byte. */
export type HeldRequest = {
  /** Sends the last byte. @returns the answer's status */
  release: () => Promise<number>
  end: () => void
}

/** Sends a request but for its last byte, as a client on a slow line does. */
export async function holdRequest(
  url: string,
  {
    method,
    path,
    headers,
    body,
  }: { method: string; path: string; headers: Record<string, string>; body: unknown },
): Promise<HeldRequest> {
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
    release: async () => {
      socket.write(bytes.subarray(-1))
      return Number((await answer).split(' ')[1])
    },
    end: () => socket.destroy(),
  }
}
