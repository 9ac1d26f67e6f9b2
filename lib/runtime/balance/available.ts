import type { Server } from '../server.ts'

/** Whether a server's health lets it serve. One that was never checked counts as well. */
export function healthy(server: Server): boolean {
  return server.state !== 'down'
}

/** Whether a server may get a connection: not down, and below its connection limit. */
export function available(server: Server): boolean {
  return healthy(server) && server.inUse < server.limit
}
