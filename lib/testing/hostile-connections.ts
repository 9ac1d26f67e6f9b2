import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { simulateDelay } from '#lib/testing/wait.ts'

/** What each connection sends: `first`, then `rest` repeatedly; nothing more if that is "". Over TLS without a certificate if `tls`. */
export type Attack = { first: string; rest: string; tls?: boolean }

const FILLER = 'a'.repeat(64 * 1024)
/** A chunk of a chunked body. */
export const CHUNK = `${FILLER.length.toString(16)}\r\n${FILLER}\r\n`

/** A request's head, up to its empty line. */
export const head = (path: string, ...fields: string[]) =>
  `POST ${path} HTTP/1.1\r\n${['Content-Type: application/json', ...fields, '', ''].join('\r\n')}`

/** A process's memory in bytes. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

function begin(port: number, { first, rest, tls = false }: Attack, connections: number) {
  const open = new Set<Socket>()
  const more = (socket: Socket) => {
    if (rest === '' || !socket.writable) return
    socket.write(rest, (error) => error ?? more(socket))
  }
  for (let at = 0; at < connections; at += 1) {
    const onConnected = () => {
      socket.write(first)
      more(socket)
    }
    const target = { port, host: '127.0.0.1', rejectUnauthorized: false }
    const socket: Socket = tls ? connectTls(target, onConnected) : connect(target, onConnected)
    open.add(socket)
    socket.on('error', () => {})
    socket.resume().on('close', () => open.delete(socket))
  }
  return open
}

/**
 * Attacks a port with a number of connections of each kind, and waits until all are closed.
 * @param meanwhile called repeatedly
 */
export async function attack(
  port: number,
  attacks: Attack[],
  connections: number,
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  const open = attacks.map((one) => begin(port, one, connections))
  while (open.some((sockets) => sockets.size > 0)) {
    await meanwhile()
    await simulateDelay(5)
  }
}
