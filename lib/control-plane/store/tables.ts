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
import type { RegisteredNode } from '#lib/core/node.ts'
import type { PrivateNetworkFields } from '#lib/core/private-network.ts'
import type { Route } from '#lib/core/route.ts'
import type { AuditKind } from '../audit/retention.ts'
import type { Sealed } from '../secrets/secret-box.ts'

/** An account. The camelCase columns of accounts, credentials and sessions are the names of better-auth, which created these tables. */
export type UserRow = {
  id: string
  email: string
  name: string
  role: Role
  /** 1 where the account may not log in. */
  disabled: number
  last_login_at: string | null
  emailVerified: number
  createdAt: string
  updatedAt: string
}

/** A person's password; nobody has one before they have chosen it. */
export type CredentialRow = {
  id: string
  userId: string
  accountId: string
  providerId: string
  /** A hash. */
  password: string | null
  createdAt: string
  updatedAt: string
}

/** A link with which somebody chooses a password, once. */
export type PasswordLinkRow = { user_id: string; token_hash: string; expires_at: string }

/** A person's log-in. Times are RFC 3339. */
export type SessionRow = {
  id: string
  userId: string
  /** A hash of the secret. */
  token: string
  createdAt: string
  /** When it was used last, to within five minutes. */
  updatedAt: string
  /** When it ends for want of use. */
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
  /** The cluster its master sits on. */
  master: Cluster
  /** Grows with every change to it or to anything under it; `changed_at` is when it last did. */
  generation: number
  changed_at: string
  /** The generation's name, which no other history has. */
  revision: string
  /** Who is told of what happens to it. */
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

/** A certificate's PEM with its private key, apart from its row, so that neither history nor answers ever hold it. */
export type CertificateChainRow = { certificate_id: string; sealed_pem: Sealed }

export type PrivateNetworkRow = PrivateNetworkFields & { lb_id: string }

/** Who is told: by `email`, or by a webhook at `uri`. */
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

/** What a webhook is signed with, apart from its row, so that neither history nor answers ever hold it. */
export type SubscriberSecretRow = { subscriber_id: string; sealed_secret: Sealed }

/** An event for one subscriber: what is to be sent, or was. `body` is the very text. */
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
  /** How often it was tried in all; only the last attempts are kept. */
  attempt_count: number
  /** Null once it is not pending. */
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
] as const
export type ResourceType = (typeof RESOURCE_TYPES)[number]

/** One line of the history. `lb_id` and `generation` are null for an IP that belongs to no load balancer. */
export type ChangeRow = {
  id: number
  lb_id: string | null
  generation: number | null
  /** The name of that generation; null before there were names. */
  revision: string | null
  at: string
  /** Orders the audit: `at`, or just after the line before if the clock was set back since. */
  sequence: string
  actor_kind: 'account' | 'token' | 'system'
  actor_id: string
  actor_name: string
  /** Whom the request came from, and its id; null where nobody asked, and before they were kept. */
  address: string | null
  request_id: string | null
  verb: string
  resource_type: ResourceType
  resource_id: string
  before: unknown
  after: unknown
}

/** A log-in, a denial and the like. `count` of the same within ten minutes are one row. */
export type AuditRow = {
  id: number
  at: string
  /** As in the history. */
  sequence: string
  event: AuditEvent
  /** What it is kept with, and who has it written. */
  kind: AuditKind
  source: string
  actor_kind: AuditLine['actor']['kind']
  actor_name: string
  address: string | null
  detail: string | null
  /** Null where it has not repeated. */
  details: AuditDetail[] | null
  request_id: string | null
  count: number
  last_at: string
  /** Where exports have it: when it was committed, and again when its last repetition is known. The count it had then. */
  feed_position: string
  feed_count: number
}

export type ApiTokenRow = Omit<ApiToken, 'owner' | 'state'> & {
  secret_hash: string
  /** An account, perhaps removed by now; null where it belongs to the installation. */
  owner_id: string | null
}

/** What nodes had and the operator has decided against, so that no node is held for it again. */
export type AbandonedRevisionRow = { lb_id: string; revision: string; at: string }

export type FailoverRow = {
  /** In the order in which they were recorded. */
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

/** `credential_hash` is of `hashNodeCredential`. */
export type NodeRow = RegisteredNode & {
  credential_hash: string
  created_at: string
  updated_at: string
}

export type SettingRow = { key: string; value: string }

export type Tables = {
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
  nodes: NodeRow
  settings: SettingRow
  sessions: SessionRow
  users: UserRow
  credentials: CredentialRow
  password_links: PasswordLinkRow
}
