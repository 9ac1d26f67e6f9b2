import {
  ListVpcPrivateNetworks,
  type VpcPrivateNetwork,
  type VpcPrivateNetworkList,
} from '#lib/core/vpc.ts'
import type { Context } from '../../context.ts'
import { resourceNotFound } from '../../errors.ts'
import type { Scope } from '../../scope.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import {
  type Attachment,
  attachmentsIn,
  belongsTo,
  names,
  pageOf,
  vpcIdOf,
  wantsStorage,
} from './attachments.ts'

/** A page of the private networks that a region's load balancers are attached to. */
export async function listVpcPrivateNetworks({
  ctx,
  scope,
  query,
}: CallWith<'scope' | 'query', 'store' | 'owner'>): Promise<VpcPrivateNetworkList> {
  const filter = parseInput(ListVpcPrivateNetworks, query)
  const { dhcp_enabled: dhcp, name = '', tags, vpc_id: vpc } = filter
  // No network has a name, tags, DHCP or object storage access.
  const mayFind = !dhcp && !wantsStorage(filter) && name === '' && tags.length === 0
  const found = (mayFind ? await networksIn(ctx, scope) : [])
    .filter((one) => belongsTo(filter, one) && names(filter.private_network_ids, one.id))
    .filter(({ vpc_id }) => vpc === undefined || vpc_id === vpc)
  if (filter.order_by.endsWith('desc')) found.reverse()
  return { private_networks: pageOf(found, filter), total_count: found.length }
}

/** @throws ApiError 404 if no load balancer of the region is attached to it */
export async function getVpcPrivateNetwork({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store' | 'owner'>): Promise<VpcPrivateNetwork> {
  const [network] = await networksIn(ctx, scope, id.toLowerCase())
  if (!network) throw resourceNotFound('private_network', id)
  return network
}

/** The private networks that load balancers are attached to, in the order of their first attachment. */
export async function networksIn(
  ctx: Pick<Context, 'store' | 'owner'>,
  scope: Scope,
  network?: string,
): Promise<VpcPrivateNetwork[]> {
  const vpc = vpcIdOf(ctx.owner, scope)
  const all = await attachmentsIn(ctx.store.reader, scope, { network })
  const byNetwork = Map.groupBy(all, (one) => one.private_network_id)
  return [...byNetwork.values()].flatMap(([first]) =>
    first && vpc !== null ? [networkOf(first, scope, vpc)] : [],
  )
}

function networkOf(first: Attachment, { region }: Scope, vpc_id: string): VpcPrivateNetwork {
  return {
    id: first.private_network_id,
    name: '',
    organization_id: first.organization_id,
    project_id: first.project_id,
    region,
    tags: [],
    created_at: first.created_at,
    updated_at: first.created_at,
    subnets: [],
    vpc_id,
    dhcp_enabled: false,
    default_route_propagation_enabled: false,
    has_object_storage_private_access: false,
    has_s3_integration: false,
  }
}
