import type { DesiredFrontend } from '#lib/protocol/desired-config.ts'
import type { FrontendLog } from './access-log/frontend-log.ts'
import type { Backend } from './backend.ts'
import type { LbLimits } from './limits/lb-limits.ts'
import type { FrontendRules } from './rules/frontend-rules.ts'
import type { FrontendCounters } from './stats/frontend-counters.ts'

/** A client's connection. */
export interface ClientSession {
  /** Ends as soon as nothing is in progress. */
  drain(): void
  /** The process ends: closes the connection, by a reset if something is in progress, so that no client takes it for complete. */
  shutDown(): void
}

/** The frontend as its sessions see it. */
export interface SessionFrontend {
  readonly config: DesiredFrontend
  /** Where new connections and, in HTTP mode, new requests go, unless a route says otherwise. */
  readonly backend: Backend
  /** Null if it has neither ACLs nor routes. */
  readonly rules: FrontendRules | null
  /** Null if the access log is off. */
  readonly log: FrontendLog | null
  readonly limits: LbLimits
  readonly counters: FrontendCounters
  readonly draining: boolean
  /** Whether another node accepts new connections: the next HTTP response closes its connection, so that the client reconnects there. */
  readonly standby: boolean
  /** A session is over. */
  sessionEnded(session: ClientSession): void
}
