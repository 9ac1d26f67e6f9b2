import { createServer } from 'node:http'
import { DEMO_ADDRESSES, DEMO_PORT } from './demo-addresses.ts'

// The example servers of `npm start -- --demo`: each names itself, so that one sees who answered.

process.umask(0o077)
process.title = 'fairlead demo'
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.on('disconnect', () => process.exit(0))
process.on('message', () => process.exit(0))

let listening = 0
DEMO_ADDRESSES.forEach((address, index) => {
  const name = `demo server ${index + 1}`
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
    response.end(`Hello from ${name} (${address}:${DEMO_PORT})\n`)
  })
  server.on('error', (error) => {
    process.stderr.write(`Demo server ${address}:${DEMO_PORT} can't start: ${error.message}\n`)
    process.exit(1)
  })
  server.listen(DEMO_PORT, address, () => {
    listening += 1
    if (listening === DEMO_ADDRESSES.length) process.send?.({ type: 'ready' })
  })
})
