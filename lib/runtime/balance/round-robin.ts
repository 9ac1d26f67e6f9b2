import type { Server } from '../server.ts'
import { available } from './available.ts'
import type { Client } from './policy.ts'

/**
 * The available server whose last turn is longest ago. That is exactly even whatever servers come and go, and one
 * that comes back gets its turn at once but no burst.
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
