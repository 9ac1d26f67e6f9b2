import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import next from 'next'
import { faultLog } from '#lib/process/fault-log.ts'
import { contain, detach, onFault } from '#lib/process/faults.ts'
import { HTTP_TIMEOUTS, limitConnections } from '#lib/process/http-limits.ts'
import { installLastResort } from '#lib/process/last-resort.ts'
import { divertToLog, LOG_OUTPUT } from '#lib/process/log-output.ts'
import { limitUnreadBodies } from '#lib/process/unread-bodies.ts'
import type { ConsoleSettings } from '#lib/protocol/settings/console-settings.ts'
import { admitBody } from './body-gate.ts'
import { filteredLog } from './filtered-log.ts'
import { admit } from './request-gate.ts'
import { consoleHosts, consoleSettings } from './settings.ts'

/** How long requests in progress may take after the order to stop. */
const STOP_GRACE_MS = 2000
/** Each open tab has one connection for live updates, and a few short-lived ones. */
const CONNECTIONS_MAX = 1000

process.umask(0o077)
process.title = 'fairlead console'

const logText = filteredLog(LOG_OUTPUT)
divertToLog(process.stdout, logText)

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

function readOrFail(): ConsoleSettings {
  try {
    return consoleSettings()
  } catch (error) {
    return fail(`The console can't start: ${(error as Error).message}`)
  }
}

const settings = readOrFail()
const { host, port, trustedProxies } = settings
const known = consoleHosts(settings)
/** For developers of the console: Next's development server. */
const dev = process.env.FAIRLEAD_DEV === '1'
const server = createServer({
  ...HTTP_TIMEOUTS,
  // Next listens for upgrades, but only its development server uses them. In production they are handled like other requests.
  shouldUpgradeCallback: () => dev,
})
limitConnections(server, CONNECTIONS_MAX)
limitUnreadBodies(server)

const exit = contain('stop', () => process.exit(0))
const onStop = contain(
  'stop',
  () => {
    setTimeout(exit, STOP_GRACE_MS).unref()
    server.close(exit)
    server.closeIdleConnections()
  },
  () => process.exit(1),
)

// Ctrl-C and SIGHUP reach the whole process group; the supervisor stops its children in order.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
process.on('SIGTERM', onStop)
process.on('disconnect', onStop)
const onMessage = contain('supervisor message', (message: { type?: string }) => {
  if (message.type === 'stop') onStop()
})
process.on('message', onMessage)

onFault(
  faultLog((fault, { boundary, total }) => {
    process.stderr.write(`fault ${total} of ${boundary}: ${inspect(fault)}\n`)
  }),
)
let isReady = false
// The console holds no state, so it goes on after an exception.
installLastResort({ name: process.title, isReady: () => isReady })

const onError = contain('process', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') {
    fail(`Port ${port} on ${host} is in use. Stop what uses it, or choose another with PORT.`)
  }
  fail(`The console can't listen on ${host} port ${port}: ${error.message}`)
})
server.on('error', onError)

const app = next({ dev, hostname: host, port, httpServer: server })
const handle = app.getRequestHandler()

/** Fails one request: 500, or a reset if the response has begun. */
function failRequest(response: ServerResponse): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(500, { 'Content-Type': 'text/plain' }).end('Internal error\n')
}

const onRequest = contain(
  'console request',
  (request: IncomingMessage, response: ServerResponse) => {
    if (!admit(request, response, { known, trustedProxies, dev })) return
    detach(
      'console request',
      async () => {
        if (dev || (await admitBody(request, response))) await handle(request, response)
      },
      () => failRequest(response),
    )
  },
  (_fault, _request, response) => failRequest(response),
)
server.on('request', onRequest)

await app.prepare()
const onListening = contain('process', () => {
  isReady = true
  // Errors before this line are written to the supervisor's output.
  divertToLog(process.stderr, logText)
  process.send?.({ type: 'ready' })
})
server.listen(port, host, onListening)
