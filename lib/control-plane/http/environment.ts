import type { HttpBindings } from '@hono/node-server'
import type { Context as HonoContext } from 'hono'
import type { Logger } from 'pino'
import type { Right } from '#lib/core/access.ts'
import type { KnownHosts } from '#lib/core/known-hosts.ts'
import type { Networks } from '#lib/core/networks.ts'
import type { FloodFilter } from '#lib/process/flood-filter.ts'
import type { PasswordThrottle } from '../accounts/password-throttle.ts'
import type { SetupLink } from '../accounts/setup-link.ts'
import type { Throttle } from '../accounts/throttle.ts'
import type { Actor } from '../authority/actor.ts'
import type { Credential } from '../authority/identify.ts'
import type { Parts } from '../context.ts'
import type { TokenUses } from '../tokens/token-uses.ts'
import type { RequestRate } from './request-rate.ts'

/** What the HTTP application is made of. */
export type Services = {
  context: Parts
  setupLink: SetupLink
  tokenUses: TokenUses
  /** The rate limit per caller; null for none. */
  requestRate: RequestRate | null
  /** Limits on wrong passwords, and on wrong links per network. */
  throttles: { passwords: PasswordThrottle; links: Throttle }
  secrets: { bff: string | null }
  refusedRequests: FloodFilter<object>
  /** Proxies whose forwarding headers are trusted. */
  trustedProxies: Networks
  /** The hosts that the API accepts in `Host`. */
  knownHosts: KnownHosts
  log: Logger
}

export type Environment = {
  Bindings: HttpBindings
  Variables: {
    requestId: string
    actor: Actor
    credential: Credential
    rights: readonly Right[]
    sessionToken: string | null
  }
}

export type Http = HonoContext<Environment>
