import type { IncomingMessage, Server } from 'node:http'
import { contain } from './faults.ts'

/** How long a body is let come whose request has been answered, and of how many requests at once. */
const LINGER_MS = 500
const LINGERING_MAX = 4
/** Pieces of such a body, each of which takes time however small it is. */
const LINGERING_PIECES_MAX = 5000

/**
 * Bounds what a server reads of bodies whose requests are answered before they have come, as those without authentication
 * are. A client that is still sending might not read an answer once the connection is closed, so a few are let go on for a
 * moment, with what they send thrown away. Where there are more, connections are closed at once.
 */
export function limitUnreadBodies(server: Server): void {
  const lingering = new Set<IncomingMessage>()
  const onRequest: Parameters<Server['on']>[1] = contain('connection', (request, response) => {
    const { socket } = request
    const close = contain('connection', () => socket.destroySoon())
    // By then Node has begun to throw the rest away.
    const onAnswered = contain('connection', () => {
      if (request.complete) return
      if (lingering.size >= LINGERING_MAX) return close()
      lingering.add(request)
      const timer = setTimeout(close, LINGER_MS)
      let pieces = 0
      const onPiece = contain('connection', () => {
        pieces += 1
        if (pieces > LINGERING_PIECES_MAX) socket.destroy()
      })
      request.on('data', onPiece)
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
