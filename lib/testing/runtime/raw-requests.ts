import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

export type Target = { host: string; port: number; localAddress?: string }

/** Sends bytes, latin1, on a new connection. @returns all that is received until it closes; '' for a reset */
export async function sendBytes(target: Target, bytes: string): Promise<string> {
  const socket = connect(target)
  socket.setEncoding('latin1')
  socket.write(bytes, 'latin1')
  return text(socket).catch(() => '')
}

/** Sends bytes, latin1, on a new connection. @returns all that is received until the response head is complete */
export async function readHeadAfter(target: Target, bytes: string): Promise<string> {
  const socket = connect(target)
  socket.setEncoding('latin1')
  socket.write(bytes, 'latin1')
  let received = ''
  for await (const data of socket) {
    received += data
    if (received.includes('\r\n\r\n')) break
  }
  socket.destroy()
  return received
}

/** A request with `Connection: close`. Each of `fields` ends with CRLF. */
export const lastRequest = (method: string, target = '/', fields = '', body = '') =>
  `${method} ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${fields}` +
  `${method === 'POST' || method === 'PUT' ? `Content-Length: ${body.length}\r\n` : ''}\r\n${body}`

export const statusOf = (response: string): string => response.slice(9, 12)

/** The values of a response field, in order. */
export function valuesOf(response: string, name: string): string[] {
  const head = response.split('\r\n\r\n', 1)[0] ?? ''
  return head
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim())
}

/** Sends requests one after the other on one connection. @returns the responses; fewer if it is closed */
export async function sendInTurn(target: Target, requests: string[]): Promise<string[]> {
  const socket = connect({ ...target, noDelay: true })
  socket.setEncoding('latin1')
  const responses: string[] = []
  let received = ''
  socket.write(requests[0] ?? '', 'latin1')
  try {
    for await (const data of socket) {
      received += data
      if (!received.endsWith('\r\n\r\nok')) continue
      responses.push(received)
      received = ''
      const next = requests[responses.length]
      if (next === undefined) break
      socket.write(next, 'latin1')
    }
  } catch {
    // A reset counts as a close.
  }
  socket.destroy()
  if (received !== '' || responses.length < requests.length) responses.push(received)
  return responses
}
