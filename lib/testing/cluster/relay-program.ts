import { connect, type Server, type Socket } from 'node:net'

/**
 * Run as a program on a machine: accepts at the sockets that its parent sends it, which are outside of the machine's network
 * namespace, and connects each client to the port of the machine itself that is sent along.
 */
process.on('message', ({ port }: { port: number }, server: Server) => {
  server.on('connection', (client: Socket) => {
    const target = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    client.on('error', () => target.destroy())
    target.on('error', () => client.destroy())
    client.on('close', () => target.destroy())
    target.on('close', () => client.destroy())
    client.pipe(target)
    target.pipe(client)
  })
  process.send?.({ port })
})
process.on('disconnect', () => process.exit(0))
