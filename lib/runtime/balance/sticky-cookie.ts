import type { Server } from '../server.ts'
import { healthy } from './available.ts'
import type { Client } from './policy.ts'

/** The server of the first of the client's cookies that names a healthy one, full or not. */
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
