import type { Server } from '../server.ts'
import { type Client, healthy } from './policy.ts'

/** The healthy server that the first matching cookie of the client names, full or not. */
export function stickyCookie(
  servers: readonly Server[],
  { cookies }: Client,
  exclude: Server | null,
): Server | null {
  for (const cookie of cookies) {
    const named = servers.find((server) => server.opaqueId === cookie)
    if (named && named !== exclude && healthy(named)) return named
  }
  return null
}

/**
 * The server of the client's address, by rendezvous hashing: all nodes choose the same server without sharing state, and a server
 * that goes down moves only its own clients.
 */
export function stickyTable(
  servers: readonly Server[],
  client: Client,
  exclude: Server | null,
): Server | null {
  let chosen: Server | null = null
  let best = -1
  const prefix = fnv1a(FNV_OFFSET, `${client.address}|`)
  for (const server of servers) {
    if (server === exclude || !healthy(server)) continue
    const score = mix(fnv1a(prefix, server.address))
    if (score <= best) continue
    best = score
    chosen = server
  }
  return chosen
}

const FNV_OFFSET = 0x811c9dc5

/** Continues a 32-bit FNV-1a hash. */
function fnv1a(initial: number, text: string): number {
  let hash = initial
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
