import { connect, type Socket } from 'node:net'

export type Target = { host: string; port: number }

/** All that a client received, latin1, and whether it timed out before the connection was closed. */
export type RawResponse = { text: string; statuses: number[]; timedOut: boolean }

/** Without data; reached only by a proxy that never closes. Milliseconds. */
const TIMEOUT_MS = 20_000

/**
 * Sends bytes (latin1) in pieces, and reads until the connection is closed.
 * @param piece size of the pieces
 * @param ends whether to half-close afterwards
 */
export async function sendPieces(
  target: Target,
  bytes: string,
  piece: number,
  ends: boolean,
): Promise<RawResponse> {
  const socket = connect({ ...target, noDelay: true, allowHalfOpen: true })
  let text = ''
  socket.on('data', (data) => {
    text += data.toString('latin1')
  })
  socket.on('end', () => socket.end())
  const closed = new Promise<boolean>((resolve) => {
    socket.setTimeout(TIMEOUT_MS, () => {
      resolve(false)
      socket.destroy()
    })
    // The proxy may close while the client is sending.
    socket.on('error', () => {})
    socket.on('close', () => resolve(true))
  })
  await send(socket, bytes, piece)
  if (ends) socket.end()
  const hung = !(await closed)
  const statuses = [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status))
  return { text, statuses, timedOut: hung }
}

async function send(socket: Socket, bytes: string, piece: number): Promise<void> {
  for (let at = 0; at < bytes.length && socket.writable; at += piece) {
    const part = Buffer.from(bytes.slice(at, at + piece), 'latin1')
    await new Promise<void>((resolve) => socket.write(part, () => resolve()))
  }
}
