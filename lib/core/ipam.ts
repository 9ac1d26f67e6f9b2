import * as z from 'zod'
import { Id, NAME_MAX, TAG_MAX, textUpTo } from './fields.ts'
import { IdFilter, OwnerFilter, Paging } from './list.ts'
import { queryBoolean } from './query-values.ts'

/**
 * The calls of Scaleway's IPAM API that its Terraform provider and its Kubernetes cloud controller manager make for load balancers in
 * private networks. They return the recorded attachments, which have no addresses.
 */

/** `GET /ipam/v1/regions/{region}/ips/{ip_id}`. */
export const IpamIp = z.object({
  id: z.string(),
  address: z.literal('').meta({
    description: 'Always empty: a load balancer has no address in a private network here.',
  }),
  project_id: z.string(),
  is_ipv6: z.literal(false),
  created_at: z.string(),
  updated_at: z.string(),
  source: z.object({ private_network_id: z.string() }),
  /** The load balancer. */
  resource: z.object({
    type: z.literal('lb_server'),
    id: z.string(),
    mac_address: z.null(),
    name: z.string(),
  }),
  tags: z.array(z.string()).max(0),
  reverses: z.array(z.unknown()).max(0),
  region: z.string(),
  zone: z.null(),
})
export type IpamIp = z.infer<typeof IpamIp>

export const IpamIpList = z.object({ ips: z.array(IpamIp), total_count: z.int() })
export type IpamIpList = z.infer<typeof IpamIpList>

const KEYS = ['created_at', 'updated_at', 'attached_at', 'ip_address', 'mac_address'] as const
type Order = `${(typeof KEYS)[number]}_${'asc' | 'desc'}`
const ORDERS = KEYS.flatMap((key): Order[] => [`${key}_desc`, `${key}_asc`])

const VALUES_MAX = 100
const Values = z
  .array(textUpTo(TAG_MAX, 'A value'))
  .max(VALUES_MAX, { error: `At most ${VALUES_MAX} values.` })
  .default([])

/** All parameters of the SDKs. Filters by fields that no attachment has (MAC address, tag, subnet) match nothing. */
export const ListIpamIps = Paging.extend({
  ...OwnerFilter.shape,
  order_by: z.enum(ORDERS).default('created_at_desc'),
  ip_ids: IdFilter,
  private_network_id: Id.optional(),
  resource_id: Id.optional(),
  resource_ids: IdFilter,
  resource_name: textUpTo(NAME_MAX, 'resource_name').optional(),
  resource_type: textUpTo(NAME_MAX, 'resource_type').default('unknown_type').meta({
    description: '`lb_server` for load balancers; `unknown_type` for any.',
  }),
  resource_types: Values,
  attached: queryBoolean('attached').optional(),
  is_ipv6: queryBoolean('is_ipv6').optional().meta({
    description: 'Matches nothing: there are no such addresses.',
  }),
  vpc_id: Id.optional(),
  source_vpc_id: Id.optional(),
  mac_address: textUpTo(NAME_MAX, 'mac_address').optional(),
  subnet_id: Id.optional(),
  zonal: textUpTo(NAME_MAX, 'zonal').optional(),
  regional: queryBoolean('regional').optional(),
  tags: Values,
})
export type ListIpamIps = z.infer<typeof ListIpamIps>
