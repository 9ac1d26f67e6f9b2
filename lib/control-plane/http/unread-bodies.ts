import type { IncomingMessage } from 'node:http'
import type { MiddlewareHandler } from 'hono'
import { contain } from '#lib/process/faults.ts'
import type { Environment } from './environment.ts'

/** How long a body is let come whose request has been answered, and of how many requests at once. */
const LINGER_MS = 500
const LINGERING_MAX = 4

/**
 * What becomes of bodies whose requests are answered before they have come, as those without authentication are. A client
 * that is still sending might not read an answer once the connection is closed, so a few are let go on for a moment, with
 * what they send thrown away. Where there are more, connections are closed at once.
 */
export function discardUnread(): MiddlewareHandler<Environment> {
  const lingering = new Set<IncomingMessage>()
  return async (http, next) => {
    await next()
    const incoming = http.env.incoming as IncomingMessage
    if (incoming.complete) return
    const { socket } = incoming
    const close = contain('connection', () => socket.destroySoon())
    // By then Node has begun to throw the rest away.
    const onAnswered = contain('connection', () => {
      if (incoming.complete) return
      if (lingering.size >= LINGERING_MAX) return close()
      lingering.add(incoming)
      const timer = setTimeout(close, LINGER_MS)
      const onDone = contain('connection', () => {
        clearTimeout(timer)
        lingering.delete(incoming)
        socket.off('close', onDone)
      })
      incoming.once('end', onDone)
      socket.once('close', onDone)
    })
    http.env.outgoing.once('finish', onAnswered)
  }
}
