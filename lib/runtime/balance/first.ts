import type { Server } from '../server.ts'
import { available } from './available.ts'
import type { Client } from './policy.ts'

/** The first available server in the order of the list, so that the later ones stay free until it is full. */
export function first(
  servers: readonly Server[],
  _client: Client,
  exclude: Server | null,
): Server | null {
  return servers.find((server) => server !== exclude && available(server)) ?? null
}
