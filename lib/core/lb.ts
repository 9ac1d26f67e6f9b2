import * as z from 'zod'
import { Description, nameOf, optional, Tags, withDefault } from './fields.ts'
import { Ip } from './ip.ts'
import { IdFilter, NameFilter, OrderBy, OwnerFilter, Paging, TagFilter } from './list.ts'
import { Cluster, Region, Zone } from './locality.ts'
import { queryBoolean } from './query-values.ts'
import { Subscriber } from './subscriber.ts'

export const LB_STATUSES = [
  'unknown',
  'ready',
  'pending',
  'stopped',
  'error',
  'locked',
  'migrating',
  'to_create',
  'creating',
  'to_delete',
  'deleting',
] as const
export const LbStatus = z.enum(LB_STATUSES)
export type LbStatus = z.infer<typeof LbStatus>

export const INSTANCE_STATUSES = [
  'unknown',
  'ready',
  'pending',
  'stopped',
  'error',
  'locked',
  'migrating',
] as const
export const InstanceStatus = z.enum(INSTANCE_STATUSES)
export type InstanceStatus = z.infer<typeof InstanceStatus>

/** One of a load balancer's two instances. `role`, `cluster` and `active` are Fairlead extensions. */
export const Instance = z.object({
  id: z.string(),
  status: InstanceStatus,
  ip_address: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  region: Region,
  zone: Zone,
  /** The planned role. The backup is active while the master can't be. */
  role: z.enum(['master', 'backup']),
  /** Its failure domain. */
  cluster: Cluster,
  /** Whether it accepts the connections of the highly available IP now. */
  active: z.boolean(),
})
export type Instance = z.infer<typeof Instance>

export const SSL_COMPATIBILITY_LEVELS = [
  'ssl_compatibility_level_unknown',
  'ssl_compatibility_level_intermediate',
  'ssl_compatibility_level_modern',
  'ssl_compatibility_level_old',
] as const
export const SslCompatibilityLevel = z.enum(SSL_COMPATIBILITY_LEVELS)
export type SslCompatibilityLevel = z.infer<typeof SslCompatibilityLevel>

/** A load balancer, as the API returns it. */
export const Lb = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  status: LbStatus,
  instances: z.array(Instance),
  organization_id: z.string(),
  project_id: z.string(),
  ip: z.array(Ip),
  tags: z.array(z.string()),
  frontend_count: z.int(),
  backend_count: z.int(),
  type: z.string(),
  /** Is notified of the load balancer's events. */
  subscriber: Subscriber.nullable(),
  ssl_compatibility_level: SslCompatibilityLevel,
  created_at: z.string(),
  updated_at: z.string(),
  private_network_count: z.int(),
  route_count: z.int(),
  region: Region,
  zone: Zone,
})
export type Lb = z.infer<typeof Lb>

/** The level in requests. `…_unknown` means the default, like an omitted level. */
export const SslLevelInput = withDefault(
  SslCompatibilityLevel,
  'ssl_compatibility_level_intermediate',
).transform((level) =>
  level === 'ssl_compatibility_level_unknown' ? 'ssl_compatibility_level_intermediate' : level,
)

export const LB_TYPES = ['lb-s', 'lb-gp-m', 'lb-gp-l', 'lb-gp-xl'] as const
export const LbTypeName = z
  .string()
  .max(32, { error: `Type must be one of ${LB_TYPES.join(', ')}.` })
  .toLowerCase()
  .pipe(z.enum(LB_TYPES, { error: `Type must be one of ${LB_TYPES.join(', ')}.` }))
export type LbTypeName = z.infer<typeof LbTypeName>

/** `PUT lbs/{lb_id}`. */
export const UpdateLb = z.object({
  name: nameOf('Load balancer name'),
  description: optional(Description),
  /** Omitted tags are kept; `null` clears them. */
  tags: Tags.nullish().transform((tags) => (tags === null ? [] : tags)),
  ssl_compatibility_level: optional(SslCompatibilityLevel),
})
export type UpdateLb = z.infer<typeof UpdateLb>

/** `POST lbs/{lb_id}/migrate`. */
export const MigrateLb = z.object({ type: LbTypeName }).meta({ example: { type: 'lb-gp-m' } })

/** `DELETE lbs/{lb_id}?release_ip=`: whether to return its IP to the pool. */
export const DeleteLb = z.object({
  release_ip: queryBoolean('release_ip').default(false).meta({
    type: 'boolean',
    description: 'Whether to return its IP to the pool. Default: false.',
  }),
})
export type DeleteLb = z.infer<typeof DeleteLb>

export const ListLbs = Paging.extend({
  ...OwnerFilter.shape,
  lb_ids: IdFilter,
  name: NameFilter,
  order_by: OrderBy,
  tags: TagFilter,
})
export type ListLbs = z.infer<typeof ListLbs>

export const LbList = z.object({ lbs: z.array(Lb), total_count: z.int() })
export type LbList = z.infer<typeof LbList>
