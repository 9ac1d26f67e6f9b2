import type { Server } from '../server.ts'
import { available, type Client } from './policy.ts'

/**
 * The available server that was chosen longest ago. The distribution stays even when servers are added, removed or marked down, and
 * a server that comes back gets no burst.
 */
export function roundRobin(
  servers: readonly Server[],
  _client: Client,
  exclude: Server | null,
): Server | null {
  let chosen: Server | null = null
  for (const server of servers) {
    if (server === exclude || !available(server)) continue
    if (!chosen || server.lastChosen < chosen.lastChosen) chosen = server
  }
  return chosen
}

/** The available server with the fewest connections in use; among equals the one that was chosen longest ago. */
export function leastConnections(
  servers: readonly Server[],
  _client: Client,
  exclude: Server | null,
): Server | null {
  let chosen: Server | null = null
  for (const server of servers) {
    if (server === exclude || !available(server)) continue
    if (!chosen || hasLessLoad(server, chosen)) chosen = server
  }
  return chosen
}

function hasLessLoad(a: Server, b: Server): boolean {
  return a.inUse < b.inUse || (a.inUse === b.inUse && a.lastChosen < b.lastChosen)
}

/** The first available server in configuration order: later servers get connections only when the earlier ones are full. */
export function first(
  servers: readonly Server[],
  _client: Client,
  exclude: Server | null,
): Server | null {
  return servers.find((server) => server !== exclude && available(server)) ?? null
}
