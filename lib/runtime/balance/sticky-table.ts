import type { Server } from '../server.ts'
import { healthy } from './available.ts'
import type { Client } from './policy.ts'

/**
 * The server that the client's address belongs to, by rendezvous hashing: both nodes agree without talking to each
 * other, and a server that goes away moves only its own clients. Full or not: a client of a full server waits for it.
 */
export function stickyTable(
  servers: readonly Server[],
  client: Client,
  exclude: Server | null,
): Server | null {
  let chosen: Server | null = null
  let best = -1
  for (const server of servers) {
    if (server === exclude || !healthy(server)) continue
    const score = mix(`${client.address}|${server.address}`)
    if (score <= best) continue
    best = score
    chosen = server
  }
  return chosen
}

/** FNV-1a with the finaliser of MurmurHash3, so that addresses that differ in one digit end far apart. 32 bits. */
function mix(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
