import type { Server } from '../server.ts'

/** Who a server is chosen for. */
export type Client = {
  readonly address: string
  /** The values of the sticky cookies in its request, in order. */
  readonly cookies: readonly string[]
}

/** Chooses one of the available servers other than `exclude`; null if the client must queue. */
export type Policy = (
  servers: readonly Server[],
  client: Client,
  exclude: Server | null,
) => Server | null

/** The healthy server, other than `exclude`, that a client sticks to, full or not; null for none. */
export type Persistence = Policy
