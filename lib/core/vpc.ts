import * as z from 'zod'
import { Id } from './fields.ts'
import { IdFilter, NameFilter, OrderBy, OwnerFilter, Paging, TagFilter } from './list.ts'
import { queryBoolean } from './query-values.ts'

/**
 * The calls of Scaleway's VPC API that its Terraform provider and its Kubernetes cloud controller manager make: the private networks
 * that load balancers are attached to, in one VPC per region. Unknown fields of a network are empty.
 */

/** `GET /vpc/v2/regions/{region}/private-networks/{private_network_id}`. */
export const VpcPrivateNetwork = z.object({
  id: z.string(),
  name: z.literal('').meta({ description: 'Always empty: Fairlead does not know the name.' }),
  organization_id: z.string(),
  project_id: z.string(),
  region: z.string(),
  tags: z.array(z.string()).max(0),
  created_at: z
    .string()
    .meta({ description: 'When the first of its load balancers was attached.' }),
  updated_at: z.string(),
  subnets: z.array(z.unknown()).max(0),
  vpc_id: z.string(),
  dhcp_enabled: z.literal(false),
  default_route_propagation_enabled: z.literal(false),
  has_object_storage_private_access: z.literal(false),
  has_s3_integration: z.literal(false),
})
export type VpcPrivateNetwork = z.infer<typeof VpcPrivateNetwork>

export const VpcPrivateNetworkList = z.object({
  private_networks: z.array(VpcPrivateNetwork),
  total_count: z.int(),
})
export type VpcPrivateNetworkList = z.infer<typeof VpcPrivateNetworkList>

const Filter = Paging.extend({
  ...OwnerFilter.shape,
  order_by: OrderBy,
  name: NameFilter,
  tags: TagFilter,
  object_storage_private_access_enabled: queryBoolean(
    'object_storage_private_access_enabled',
  ).optional(),
  /** The name of `object_storage_private_access_enabled` in older SDKs. */
  s3_integration_enabled: queryBoolean('s3_integration_enabled').optional(),
})

export const ListVpcPrivateNetworks = Filter.extend({
  private_network_ids: IdFilter,
  vpc_id: Id.optional(),
  dhcp_enabled: queryBoolean('dhcp_enabled').optional(),
})
export type ListVpcPrivateNetworks = z.infer<typeof ListVpcPrivateNetworks>

/** `GET /vpc/v2/regions/{region}/vpcs/{vpc_id}`. A region has one VPC. */
export const Vpc = z.object({
  id: z.string(),
  name: z.string(),
  organization_id: z.string(),
  project_id: z.string(),
  region: z.string(),
  tags: z.array(z.string()).max(0),
  is_default: z.literal(true),
  created_at: z.string(),
  updated_at: z.string(),
  private_network_count: z.int(),
  routing_enabled: z.literal(false),
  custom_routes_propagation_enabled: z.literal(false),
  transitivity_enabled: z.literal(false),
  object_storage_private_access_enabled: z.literal(false),
  s3_integration_enabled: z.literal(false),
})
export type Vpc = z.infer<typeof Vpc>

export const VpcList = z.object({ vpcs: z.array(Vpc), total_count: z.int() })
export type VpcList = z.infer<typeof VpcList>

export const ListVpcs = Filter.extend({
  is_default: queryBoolean('is_default').optional(),
  routing_enabled: queryBoolean('routing_enabled').optional(),
})
export type ListVpcs = z.infer<typeof ListVpcs>
