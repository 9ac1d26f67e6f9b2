import type { IncomingMessage, Server } from 'node:http'
import { contain } from './faults.ts'

/** How long the rest of a body is read after the response, and for how many requests at once. */
const LINGER_MS = 500
const LINGERING_MAX = 4
/** The most chunks of such a body: each takes CPU time, however small it is. */
const LINGERING_CHUNKS_MAX = 5000

/**
 * Limits what a server reads of bodies after an early response, such as a 401. A client that is still sending may miss the
 * response if the connection is closed at once, so for a few requests the rest is read and discarded for a moment. Beyond that
 * number, connections are closed at once.
 */
export function limitUnreadBodies(server: Server): void {
  const lingering = new Set<IncomingMessage>()
  const onRequest: Parameters<Server['on']>[1] = contain('connection', (request, response) => {
    const { socket } = request
    const close = contain('connection', () => socket.destroySoon())
    // Node discards the rest of the body from here on.
    const onAnswered = contain('connection', () => {
      if (request.complete) return
      if (lingering.size >= LINGERING_MAX) return close()
      lingering.add(request)
      const timer = setTimeout(close, LINGER_MS)
      let chunks = 0
      const onChunk = contain('connection', () => {
        chunks += 1
        if (chunks > LINGERING_CHUNKS_MAX) socket.destroy()
      })
      request.on('data', onChunk)
      const onDone = contain('connection', () => {
        clearTimeout(timer)
        lingering.delete(request)
        socket.off('close', onDone)
      })
      request.once('end', onDone)
      socket.once('close', onDone)
    })
    response.once('finish', onAnswered)
  })
  server.on('request', onRequest)
}
