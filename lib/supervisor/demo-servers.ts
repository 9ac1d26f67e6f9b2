import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { contain } from '#lib/process/faults.ts'
import { DEMO_ADDRESSES, DEMO_PORT } from './demo-addresses.ts'

// The demo servers of `npm start -- --demo`. Each response names its server, so that you see which one answered.

process.umask(0o077)
process.title = 'fairlead demo'
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
const exit = contain('stop', () => process.exit(0))
process.on('disconnect', exit)
process.on('message', exit)

let listening = 0
DEMO_ADDRESSES.forEach((address, index) => {
  const name = `demo server ${index + 1}`
  const onRequest = contain('process', (_request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
    response.end(`Hello from ${name} (${address}:${DEMO_PORT})\n`)
  })
  const onError = contain('process', (error: Error) => {
    process.stderr.write(`Demo server ${address}:${DEMO_PORT} can't start: ${error.message}\n`)
    process.exit(1)
  })
  const onListening = contain('process', () => {
    listening += 1
    if (listening === DEMO_ADDRESSES.length) process.send?.({ type: 'ready' })
  })
  const server = createServer(onRequest)
  server.on('error', onError)
  server.listen(DEMO_PORT, address, onListening)
})
