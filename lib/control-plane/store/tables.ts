import type { Generated } from 'kysely'
import type { Role } from '#lib/core/access.ts'
import type { AclFields } from '#lib/core/acl.ts'
import type { ApiToken } from '#lib/core/api-token.ts'
import type { AuditDetail, AuditEvent, AuditLine } from '#lib/core/audit.ts'
import type { BackendFields } from '#lib/core/backend.ts'
import type { CertificateFields } from '#lib/core/certificate.ts'
import type { DeliveryAttempt, DeliveryStatus, EventType } from '#lib/core/delivery.ts'
import type { FailoverReason } from '#lib/core/failover.ts'
import type { FrontendFields } from '#lib/core/frontend.ts'
import type { Ip } from '#lib/core/ip.ts'
import type { SslCompatibilityLevel } from '#lib/core/lb.ts'
import type { Cluster, Region, Zone } from '#lib/core/locality.ts'
import type { NewNode, RegisteredNode } from '#lib/core/node.ts'
import type { PrivateNetworkFields } from '#lib/core/private-network.ts'
import type { Route } from '#lib/core/route.ts'
import type { AuditKind } from '../audit/retention.ts'
import type { Sealed } from '../secrets/secret-box.ts'
import type { DrainingNodeRow, NodePairRow, PlacementRow } from './placement-tables.ts'
import type { TrafficTableRows } from './traffic-rows.ts'

/** An account. Accounts, credentials and sessions have camelCase columns because better-auth created these tables. */
export type UserRow = {
  id: string
  email: string
  name: string
  role: Role
  /** 1 if the account can't log in. */
  disabled: number
  last_login_at: string | null
  emailVerified: number
  createdAt: string
  updatedAt: string
}

/** An account's password. */
export type CredentialRow = {
  id: string
  userId: string
  accountId: string
  providerId: string
  /** A hash; null until the account's holder has chosen a password. */
  password: string | null
  createdAt: string
  updatedAt: string
}

/** A one-time link to choose a password. */
export type PasswordLinkRow = { user_id: string; token_hash: string; expires_at: string }

/** A login session. Times are RFC 3339. */
export type SessionRow = {
  id: string
  userId: string
  /** A hash of the secret. */
  token: string
  createdAt: string
  /** The last use, with a precision of five minutes. */
  updatedAt: string
  /** The end of the session, if it stays unused until then. */
  expiresAt: string
  ipAddress: string | null
  userAgent: string | null
}

/** A load balancer's own row. */
export type LbRow = {
  id: string
  name: string
  description: string
  region: Region
  zone: Zone
  organization_id: string
  project_id: string
  type: string
  tags: string[]
  ssl_compatibility_level: SslCompatibilityLevel
  /** The cluster of its master instance. */
  master: Cluster
  /** Incremented at `changed_at`, by the last change of the load balancer or its rules. */
  generation: number
  changed_at: string
  /** The random name of the generation, unique across restored databases. */
  revision: string
  /** The subscriber that is notified of its events. */
  subscriber_id: string | null
  created_at: string
  updated_at: string
}

export type InstanceRow = { id: string; lb_id: string; cluster: Cluster; created_at: string }

export type IpRow = Ip & { address_number: number; created_at: string; updated_at: string }

export type BackendRow = Omit<BackendFields, 'pool' | 'sticky_sessions_nocache'> & {
  lb_id: string
  servers: string[]
  sticky_sessions_nocache: boolean
}

export type FrontendRow = Omit<FrontendFields, 'certificate' | 'certificate_ids'> & {
  lb_id: string
  backend_id: string
}

export type RouteRow = Route & { lb_id: string }

export type AclRow = AclFields & { lb_id: string; frontend_id: string }

export type CertificateRow = CertificateFields & { lb_id: string }

/** A certificate's PEM file with its private key. A table of its own keeps it out of the history and of responses. */
export type CertificateChainRow = { certificate_id: string; sealed_pem: Sealed }

export type PrivateNetworkRow = PrivateNetworkFields & { lb_id: string }

/** Notified by email at `email`, or by webhook at `uri`. */
export type SubscriberRow = {
  id: string
  name: string
  email: string | null
  uri: string | null
  region: Region
  zone: Zone
  organization_id: string
  project_id: string
  created_at: string
  updated_at: string
}

/** The signing secret of a webhook. A table of its own keeps it out of the history and of responses. */
export type SubscriberSecretRow = { subscriber_id: string; sealed_secret: Sealed }

/** An event for one subscriber, due or sent. `body` is sent unchanged. */
export type DeliveryRow = {
  id: number
  subscriber_id: string
  /** Null for a test. */
  lb_id: string | null
  event_id: string
  event_type: EventType
  at: string
  body: string
  status: DeliveryStatus
  attempts: DeliveryAttempt[]
  /** All attempts so far. `attempts` has the latest. */
  attempt_count: number
  /** Null if it isn't pending. */
  next_attempt_at: string | null
}

/** An open alert: the load balancer's subscriber was notified of it, and it has not resolved. */
export type AlertRow = { lb_id: string; subject: string; since: string }

export const RESOURCE_TYPES = [
  'lb',
  'ip',
  'backend',
  'frontend',
  'route',
  'acl',
  'certificate',
  'private_network',
  'subscriber',
  'token',
  'account',
  'node',
  'join_token',
] as const
export type ResourceType = (typeof RESOURCE_TYPES)[number]

/** An entry of the history. `lb_id` and `generation` are null for an IP without a load balancer. */
export type ChangeRow = {
  id: number
  lb_id: string | null
  generation: number | null
  /** The revision of that generation; null in entries that are older than revisions. */
  revision: string | null
  at: string
  /** The order in the audit log: `at`, or a microsecond after the previous sequence if the clock was set back. */
  sequence: string
  actor_kind: 'account' | 'token' | 'system'
  actor_id: string
  actor_name: string
  /** The client's address and the request's ID; null for the control plane's own changes, and in older entries. */
  address: string | null
  request_id: string | null
  verb: string
  resource_type: ResourceType
  resource_id: string
  before: unknown
  after: unknown
}

/** A line of the audit log, such as a login or a denial. It stands for `count` equal events within ten minutes. */
export type AuditRow = {
  id: number
  at: string
  /** As in `ChangeRow`. */
  sequence: string
  event: AuditEvent
  /** The retention is per kind; within a kind, one source can't evict the lines of others. */
  kind: AuditKind
  source: string
  actor_kind: AuditLine['actor']['kind']
  actor_name: string
  address: string | null
  detail: string | null
  /** Null if it did not repeat. */
  details: AuditDetail[] | null
  request_id: string | null
  count: number
  last_at: string
  /** The position in exports: set when it is committed, and again when its last repetition is known. `feed_count` is the count then. */
  feed_position: string
  feed_count: number
}

export type ApiTokenRow = Omit<ApiToken, 'owner' | 'state'> & {
  secret_hash: string
  /** The owner's account, which may have been removed; null if the token belongs to the installation. */
  owner_id: string | null
}

/** A revision that nodes had and the operator abandoned, so that a node that has it no longer counts as diverged. */
export type AbandonedRevisionRow = { lb_id: string; revision: string; at: string }

export type FailoverRow = {
  /** Ascending in the order of recording. */
  sequence: number
  /** A UUID. */
  id: string
  lb_id: string
  at: string
  from_cluster: Cluster
  to_cluster: Cluster
  reason: FailoverReason
  gap_ms: number
}

/** The time of the newest failover of a load balancer that is not kept any more, by the clock of its host. */
export type FailoverHorizonRow = { lb_id: string; at: string }

export type NodeRow = RegisteredNode & {
  /** Of `hashNodeCredential`; null for a joined node, which has a certificate. */
  credential_hash: string | null
  /** Written rarely: the registry knows when it was seen since. */
  last_seen_at: string | null
  created_at: string
  updated_at: string
}

/** A token with which a host joins as a node. Used and expired ones are kept for a while, to tell them from wrong ones. */
export type JoinTokenRow = NewNode & {
  secret_hash: string
  /** The name of whoever created it. */
  created_by: string
  created_at: string
  expires_at: string
  used_at: string | null
}

export type SettingRow = { key: string; value: string }

/** A row that was inserted, updated or deleted. Only databases that several processes write to have this table. */
export type RowLogRow = {
  id: number
  table_name: 'lbs' | 'nodes' | 'node_pairs' | 'placements' | 'draining_nodes'
  key: string
  at: Date
}

/** What has failed to log in, as a hash, within a window. Only databases that several processes write to have this table. */
export type ThrottledKeyRow = { key: string; failures: number; ends_at: Date }

/** A control plane. */
export type ReplicaRow = {
  /** A UUID, another one at each start. */
  id: string
  /** The name of its machine. */
  host: string
  /** Where its API listens: `10.0.0.1:3001`. */
  api_address: string
  /** Of its node listener: `10.0.0.1:3443`; null without one. */
  address: string | null
  version: string
  /** RFC 3339, by its clock. */
  started_at: string
  /** When it last renewed its row, by its clock. With a database file, when it started. */
  last_seen_at: string
}

/** A lock that a process holds among those that share a database. PostgreSQL only. */
export type HeldLockRow = {
  key: string
  /** The name of the process, which no other has. */
  holder: string
  /** Incremented by the holder every few hundred milliseconds. */
  heartbeats: number
}

/** The one row about the leader among several control planes. Only those databases have this table. */
export type LeadershipRow = {
  id: 1
  /** Incremented when a leader begins its term. */
  term: number
  /** The name of the leader of the term, which no other has; null if it has resigned. */
  holder: string | null
  /** Incremented by the leader every few hundred milliseconds. */
  renewals: number
}

export type Tables = TrafficTableRows & {
  lbs: LbRow
  instances: InstanceRow
  ips: IpRow
  backends: BackendRow
  frontends: FrontendRow
  routes: RouteRow
  acls: AclRow
  certificates: CertificateRow
  certificate_chains: CertificateChainRow
  private_networks: PrivateNetworkRow
  subscribers: SubscriberRow
  subscriber_secrets: SubscriberSecretRow
  deliveries: Omit<DeliveryRow, 'id'> & { id: Generated<number> }
  alerts: AlertRow
  changes: Omit<ChangeRow, 'id'> & { id: Generated<number> }
  audit: Omit<AuditRow, 'id'> & { id: Generated<number> }
  api_tokens: ApiTokenRow
  abandoned_revisions: AbandonedRevisionRow
  failovers: Omit<FailoverRow, 'sequence'> & { sequence: Generated<number> }
  failover_horizons: FailoverHorizonRow
  nodes: NodeRow
  join_tokens: JoinTokenRow
  node_pairs: NodePairRow
  placements: PlacementRow
  draining_nodes: DrainingNodeRow
  row_log: Omit<RowLogRow, 'id' | 'at'> & { id: Generated<number>; at: Generated<Date> }
  settings: SettingRow
  leadership: LeadershipRow
  held_locks: HeldLockRow
  throttled_keys: ThrottledKeyRow
  replicas: ReplicaRow
  sessions: SessionRow
  users: UserRow
  credentials: CredentialRow
  password_links: PasswordLinkRow
}
