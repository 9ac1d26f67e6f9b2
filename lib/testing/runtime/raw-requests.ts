import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** Helpers for tests that send the same requests to HAProxy and to our load balancer. */

export type Place = { host: string; port: number; localAddress?: string }

/** Sends bytes on a new connection and reads until it is closed; latin1. '' for a reset. */
export async function answerTo(place: Place, bytes: string): Promise<string> {
  const socket = connect(place)
  socket.setEncoding('latin1')
  socket.write(bytes, 'latin1')
  return text(socket).catch(() => '')
}

/** Sends bytes on a new connection, reads the response head, and closes. */
export async function headAnswering(place: Place, bytes: string): Promise<string> {
  const socket = connect(place)
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

export const statusOf = (answer: string): string => answer.slice(9, 12)

/** The values of a response field, in order. */
export function valuesOf(answer: string, name: string): string[] {
  const head = answer.split('\r\n\r\n', 1)[0] ?? ''
  return head
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim())
}

/** Sends requests one after the other on one connection, and resolves with the responses; fewer if it is closed. */
export async function answersInTurn(place: Place, requests: string[]): Promise<string[]> {
  const socket = connect({ ...place, noDelay: true })
  socket.setEncoding('latin1')
  const answers: string[] = []
  let received = ''
  socket.write(requests[0] ?? '', 'latin1')
  try {
    for await (const data of socket) {
      received += data
      if (!received.endsWith('\r\n\r\nok')) continue
      answers.push(received)
      received = ''
      const next = requests[answers.length]
      if (next === undefined) break
      socket.write(next, 'latin1')
    }
  } catch {
    // A reset counts as a close.
  }
  socket.destroy()
  if (received !== '' || answers.length < requests.length) answers.push(received)
  return answers
}
