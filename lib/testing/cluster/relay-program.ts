import { connect, type Server, type Socket } from 'node:net'
import { joinSockets } from './join-sockets.ts'

/** Where clients of a socket are connected to, as the machine reaches it. */
export type RelayTarget = { host: string; port: number }

/**
 * Run as a program on a machine: accepts at the sockets that its parent sends it, which are outside of the machine's network
 * namespace, and connects each client to the target that is sent along.
 */
process.on('message', (target: RelayTarget, server: Server) => {
  server.on('connection', (client: Socket) => {
    joinSockets(client, connect({ ...target, allowHalfOpen: true }))
  })
  process.send?.(target)
})
process.on('disconnect', () => process.exit(0))
