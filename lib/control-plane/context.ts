import type { Region } from '#lib/core/locality.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { Authority } from './authority/authority.ts'
import type { Pools } from './config.ts'
import type { Egress } from './egress/egress.ts'
import type { Switchovers } from './failovers/switchovers.ts'
import type { DraftCheckSemaphore } from './nodes/draft-check-semaphore.ts'
import type { NodeStreams } from './nodes/node-streams.ts'
import type { Fleet } from './nodes/observed/fleet.ts'
import type { NotificationSettings } from './notifications/settings.ts'
import type { Signal } from './store/signal.ts'
import type { Store } from './store/store.ts'
import type { TrafficHistory } from './traffic/traffic-history.ts'

/** Who asks for something, for the history. */
export type Actor = { kind: 'account' | 'token' | 'system'; id: string; name: string }

/** Where a request came from, for the audit. */
export type Origin = { address: string; requestId: string }

/** Who asks, on what authority, and from where; null is this process itself. */
export type Asking = { actor: Actor; authority: Authority; origin: Origin | null }

/** Whose the objects are where a request does not say. Made at the first start. */
export type Owner = { organizationId: string; projectId: string; since: string }

/** What tests of backends that are not saved need. */
export type Drafts = {
  streams: NodeStreams
  semaphore: DraftCheckSemaphore
  /** Has a region's nodes started, where they are not. */
  wantNodes: (region: Region) => void
}

/** What every service works with. */
export type Context = Asking & {
  store: Store
  accounts: Accounts
  audit: AuditLog
  commits: Signal
  fleet: Fleet
  traffic: TrafficHistory
  drafts: Drafts
  switchovers: Switchovers
  notifications: NotificationSettings
  egress: Egress
  pools: Pools
  owner: Owner
}
