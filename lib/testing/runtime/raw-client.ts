import { connect, type Socket } from 'node:net'

export type Place = { host: string; port: number }

/** What a client was told, latin1, and whether the connection was closed at all. */
export type Told = { text: string; statuses: number[]; hung: boolean }

/** For a proxy that never closes. Milliseconds. */
const PATIENCE_MS = 5000

/**
 * Sends bytes (latin1) in pieces of so many, and reads until the connection is closed.
 * @param ends whether our side ends after them
 */
export async function tell(
  place: Place,
  bytes: string,
  piece: number,
  ends: boolean,
): Promise<Told> {
  const socket = connect({ ...place, noDelay: true, allowHalfOpen: true })
  let text = ''
  socket.on('data', (data) => {
    text += data.toString('latin1')
  })
  socket.on('end', () => socket.end())
  const closed = new Promise<boolean>((resolve) => {
    socket.setTimeout(PATIENCE_MS, () => {
      resolve(false)
      socket.destroy()
    })
    // The other side may close while we are still sending: that is an answer as well.
    socket.on('error', () => {})
    socket.on('close', () => resolve(true))
  })
  await send(socket, bytes, piece)
  if (ends) socket.end()
  const hung = !(await closed)
  const statuses = [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status))
  return { text, statuses, hung }
}

async function send(socket: Socket, bytes: string, piece: number): Promise<void> {
  for (let at = 0; at < bytes.length && socket.writable; at += piece) {
    const part = Buffer.from(bytes.slice(at, at + piece), 'latin1')
    await new Promise<void>((resolve) => socket.write(part, () => resolve()))
  }
}
