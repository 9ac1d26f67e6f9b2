import type { Server } from '../server.ts'
import { healthy } from './available.ts'
import type { Client } from './policy.ts'

/**
 * The server that the client's address belongs to, by rendezvous hashing: both nodes agree without talking to each
 * other, and a server that goes away moves only its own clients. A client of a full server queues for it.
 */
export function stickyTable(
  servers: readonly Server[],
  client: Client,
  exclude: Server | null,
): Server | null {
  let chosen: Server | null = null
  let best = -1
  const begin = fnv1a(FNV_OFFSET, `${client.address}|`)
  for (const server of servers) {
    if (server === exclude || !healthy(server)) continue
    const score = mix(fnv1a(begin, server.address))
    if (score <= best) continue
    best = score
    chosen = server
  }
  return chosen
}

const FNV_OFFSET = 0x811c9dc5

/** Continues a 32-bit FNV-1a hash. */
function fnv1a(begin: number, text: string): number {
  let hash = begin
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash
}

/** MurmurHash3's 32-bit finaliser: spreads addresses that differ in one digit. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
