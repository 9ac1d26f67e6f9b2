import { createServer } from 'node:http'
import { inspect } from 'node:util'
import next from 'next'
import { readEnvironment } from './environment.ts'
import { admit } from './request-gate.ts'

/** How long requests in progress may take once the console is told to stop. */
const STOP_GRACE_MS = 2000
const REQUEST_TIMEOUT_MS = 30_000

process.umask(0o077)
process.title = 'fairlead console'

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

function settings() {
  try {
    return readEnvironment(process.env)
  } catch (error) {
    return fail(`The console can't start: ${(error as Error).message}`)
  }
}

const { host, port, dev } = settings()
const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS })

function stop(): void {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
  setTimeout(() => process.exit(0), STOP_GRACE_MS).unref()
}

// Ctrl-C and the end of a terminal reach every process of it; the supervisor decides what ends when.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.on('SIGTERM', stop)
process.on('disconnect', stop)
process.on('message', (message: { type?: string }) => {
  if (message.type === 'stop') stop()
})

// One failure must not end everybody's pages; it is written down.
process.on('unhandledRejection', (error) => {
  process.stderr.write(`unhandled rejection: ${inspect(error)}\n`)
})

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') {
    fail(`Port ${port} on ${host} is in use. Stop what uses it, or choose another with PORT.`)
  }
  fail(`The console can't listen on ${host} port ${port}: ${error.message}`)
})

const app = next({ dev, hostname: host, port, httpServer: server })
const handle = app.getRequestHandler()
server.on('request', (request, response) => {
  if (admit(request, response, dev)) void handle(request, response)
})

await app.prepare()
server.listen(port, host, () => process.send?.({ type: 'ready' }))
