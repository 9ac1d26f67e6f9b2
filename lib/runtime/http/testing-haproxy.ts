import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** What tests share that put the same requests to HAProxy and to a load balancer of ours. */

export type Place = { host: string; port: number; localAddress?: string }

/** All that is answered to bytes on a connection of their own, until the other side ends it; latin1. '' for a reset. */
export async function answerTo(place: Place, bytes: string): Promise<string> {
  const socket = connect(place)
  socket.setEncoding('latin1')
  socket.write(bytes, 'latin1')
  return text(socket).catch(() => '')
}

/** The head of the answer to bytes on a connection, which is then closed. */
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

/** A request that is the last of its connection. `fields` end with a line end, each. */
export const lastRequest = (method: string, target = '/', fields = '', body = '') =>
  `${method} ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n${fields}` +
  `${method === 'POST' || method === 'PUT' ? `Content-Length: ${body.length}\r\n` : ''}\r\n${body}`

export const statusOf = (answer: string): string => answer.slice(9, 12)

/** The values of a field of an answer, in their order. */
export function valuesOf(answer: string, name: string): string[] {
  const head = answer.split('\r\n\r\n', 1)[0] ?? ''
  return head
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim())
}

/** The answers to requests on one connection, each sent when the one before is answered with a body "ok"; fewer where it ends. */
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
    // A reset is an end like another.
  }
  socket.destroy()
  if (received !== '' || answers.length < requests.length) answers.push(received)
  return answers
}
