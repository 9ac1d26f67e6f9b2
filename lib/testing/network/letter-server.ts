import { createServer } from 'node:net'

/**
 * Run as a program on a host: port 80 answers each connection with the host's letter and closes it, port 81 answers each byte
 * with the letter.
 */
const letter = process.argv[2] ?? ''

createServer((socket) => {
  socket.on('error', () => {})
  socket.end(letter)
}).listen({ port: 80, host: '0.0.0.0', backlog: 1024 })

const echo = createServer((socket) => {
  socket.on('error', () => {})
  socket.setNoDelay(true)
  socket.on('data', (bytes) => socket.write(letter.repeat(bytes.length)))
})
echo.listen({ port: 81, host: '0.0.0.0', backlog: 1024 }, () => process.stdout.write('ready\n'))
