import type { Server } from '../server.ts'

/** The client that a server is chosen for. */
export type Client = {
  readonly address: string
  /** The values of the sticky cookies in its request, in order. */
  readonly cookies: readonly string[]
}

/** Chooses an available server other than `exclude`; null if the client must queue. */
export type Policy = (
  servers: readonly Server[],
  client: Client,
  exclude: Server | null,
) => Server | null

/** The healthy server other than `exclude` that a client sticks to, full or not; null if it sticks to none. */
export type Persistence = Policy

/** Whether a server is not down. An unchecked server counts as healthy. */
export function healthy(server: Server): boolean {
  return server.state !== 'down'
}

/** Whether a server may get a connection: healthy, and below its connection limit. */
export function available(server: Server): boolean {
  return healthy(server) && server.inUse < server.limit
}
