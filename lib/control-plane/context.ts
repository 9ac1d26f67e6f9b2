import type { Region } from '#lib/core/locality.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { Caller } from './authority/caller.ts'
import type { Egress } from './egress/egress.ts'
import type { Switchovers } from './failovers/switchovers.ts'
import type { HealthMonitor } from './health/health-monitor.ts'
import type { DraftCheckLimiter } from './nodes/draft-check-limiter.ts'
import type { AddressChanges } from './nodes/hosts/address-changes.ts'
import type { HostReports } from './nodes/hosts/host-links.ts'
import type { Joining } from './nodes/joining/joining.ts'
import type { Fleet } from './nodes/observed/fleet.ts'
import type { NodeRegistry } from './nodes/registry/node-registry.ts'
import type { NodeStreams } from './nodes/streams/node-streams.ts'
import type { NotificationSettings } from './notifications/settings.ts'
import type { Mover } from './placement/mover.ts'
import type { Placements } from './placement/placements.ts'
import type { RollOuts } from './placement/roll-outs.ts'
import type { Replicas } from './replicas/replicas.ts'
import type { FreeAddresses } from './services/ips/free-addresses.ts'
import type { Owner } from './store/installation-identity.ts'
import type { Signal } from './store/signal.ts'
import type { Store } from './store/store.ts'
import type { TrafficHistory } from './traffic/traffic-history.ts'

/** What draft checks need. */
export type Drafts = {
  streams: NodeStreams
  limiter: DraftCheckLimiter
  /** Starts a region's nodes if none run there yet. */
  wantNodes: (region: Region) => void
}

/** The parts of the control plane, made once per process. */
export type Parts = {
  store: Store
  accounts: Accounts
  audit: AuditLog
  commits: Signal
  registry: NodeRegistry
  fleet: Fleet
  traffic: TrafficHistory
  health: HealthMonitor
  drafts: Drafts
  switchovers: Switchovers
  /** What nodes of other machines join with; null if there is no address where they connect. */
  joining: Joining | null
  /** The socket of the demo of several machines; null outside of it. */
  demoSocket: string | null
  placements: Placements
  rollOuts: RollOuts
  hosts: HostReports
  mover: Mover
  addressChanges: AddressChanges
  notifications: NotificationSettings
  egress: Egress
  addresses: FreeAddresses
  owner: Owner
  replicas: Replicas
}

/** The parts and the caller. A service picks what it needs: `CallWith`, or `Pick<Context, …>`. */
export type Context = Parts & Caller
