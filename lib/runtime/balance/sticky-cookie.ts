import { available } from './available.ts'
import type { Policy } from './policy.ts'

/** The server that the client's cookie names, while it is available; otherwise the policy's choice. */
export function stickyCookie(policy: Policy): Policy {
  return (servers, client, exclude) => {
    if (client.cookie !== null) {
      const named = servers.find((server) => server.opaqueId === client.cookie)
      if (named && named !== exclude && available(named)) return named
    }
    return policy(servers, client, exclude)
  }
}
