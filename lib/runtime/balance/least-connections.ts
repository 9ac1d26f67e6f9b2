import type { Server } from '../server.ts'
import { available } from './available.ts'
import type { Client } from './policy.ts'

/** The available server with the fewest connections in use; among equals the one that waited longest. */
export function leastConnections(
  servers: readonly Server[],
  _client: Client,
  exclude: Server | null,
): Server | null {
  let chosen: Server | null = null
  for (const server of servers) {
    if (server === exclude || !available(server)) continue
    if (!chosen || isBefore(server, chosen)) chosen = server
  }
  return chosen
}

function isBefore(a: Server, b: Server): boolean {
  return a.inUse < b.inUse || (a.inUse === b.inUse && a.lastChosen < b.lastChosen)
}
