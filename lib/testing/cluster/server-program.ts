import { createServer as createHttpServer } from 'node:http'
import { createServer, type Socket } from 'node:net'

/**
 * Run as a program on a machine: a server behind load balancers, which says by which host a connection comes.
 *
 * server-program.ts NAME ADDRESS=LETTER …
 *
 * Port 8080 answers each connection with the letter of the host that it is from, and closes it. Port 8081 answers each byte with the
 * letter. Port 8082 is a web server.
 */
const [, , name = '', ...hosts] = process.argv
const letters = new Map(hosts.map((text) => text.split('=') as [string, string]))
const letterOf = ({ remoteAddress = '' }: Socket) => letters.get(remoteAddress) ?? '?'

const greeting = createServer((socket) => {
  socket.on('error', () => {})
  socket.end(letterOf(socket))
})
const echo = createServer((socket) => {
  socket.on('error', () => {})
  socket.setNoDelay(true)
  const letter = letterOf(socket)
  socket.on('data', (bytes) => socket.write(letter.repeat(bytes.length)))
})
const web = createHttpServer((request, response) => {
  response.setHeader('Content-Type', 'text/plain')
  response.end(`Hello from ${name}, through host ${letterOf(request.socket)}.\n`)
})

let listening = 0
for (const [server, port] of [
  [greeting, 8080],
  [echo, 8081],
  [web, 8082],
] as const) {
  server.listen({ port, host: '0.0.0.0', backlog: 1024 }, () => {
    listening += 1
    if (listening === 3) process.stdout.write('ready\n')
  })
}
