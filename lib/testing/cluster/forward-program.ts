import { connect, createServer } from 'node:net'
import { joinSockets } from './join-sockets.ts'

/**
 * Run as a program on a machine: accepts TCP connections on a port of all of its addresses, and forwards them to another port of its
 * 127.0.0.1, like a reverse proxy without TLS.
 *
 * forward-program.ts PORT TARGET_PORT
 */
const [, , port, target] = process.argv
const server = createServer((client) => {
  joinSockets(client, connect(Number(target), '127.0.0.1'))
})
server.listen(Number(port), '0.0.0.0', () => process.stdout.write('ready\n'))
