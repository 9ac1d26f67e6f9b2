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
import type { Actor } from '../authority/caller.ts'
import type { Credential } from '../authority/identify.ts'
import type { Parts } from '../context.ts'
import type { TokenUses } from '../tokens/token-uses.ts'
import type { RequestRate } from './request-rate.ts'

/** What the HTTP side works with, made once. */
export type Services = {
  context: Parts
  setupLink: SetupLink
  tokenUses: TokenUses
  /** How fast anybody may ask; null for no limit. */
  requestRate: RequestRate | null
  /** Wrong passwords, and wrong links by network. */
  throttles: { passwords: PasswordThrottle; links: Throttle }
  secrets: { node: string; bff: string | null }
  refusedFloods: FloodFilter<object>
  /** Proxies that are believed on whom they forward requests for. */
  trustedProxies: Networks
  /** Under which hosts the API answers. */
  known: KnownHosts
  log: Logger
}

export type Environment = {
  Bindings: HttpBindings
  Variables: {
    requestId: string
    actor: Actor
    /** What the actor has shown. */
    credential: Credential
    /** What the actor may do. */
    rights: readonly Right[]
    sessionToken: string | null
  }
}

export type Http = HonoContext<Environment>
