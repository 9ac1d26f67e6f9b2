import { foldCase } from '#lib/core/fold-case.ts'
import { ListVpcs, type Vpc, type VpcList } from '#lib/core/vpc.ts'
import type { Context } from '../../context.ts'
import { resourceNotFound } from '../../errors.ts'
import type { Scope } from '../../scope.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { belongsTo, pageOf, vpcIdOf, wantsStorage } from './attachments.ts'
import { networksIn } from './private-networks.ts'

/** The region's VPC, if it matches the filter. */
export async function listVpcs({
  ctx,
  scope,
  query,
}: CallWith<'scope' | 'query', 'store' | 'owner'>): Promise<VpcList> {
  const filter = parseInput(ListVpcs, query)
  const { is_default: isDefault = true, routing_enabled: routing, tags } = filter
  const mayFind = isDefault && !routing && !wantsStorage(filter) && tags.length === 0
  const part = foldCase(filter.name ?? '')
  const found = (mayFind ? await vpcsIn(ctx, scope) : []).filter(
    (vpc) => belongsTo(filter, vpc) && vpc.name.includes(part),
  )
  return { vpcs: pageOf(found, filter), total_count: found.length }
}

/** @throws ApiError 404 */
export async function getVpc({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store' | 'owner'>): Promise<Vpc> {
  const [vpc] = await vpcsIn(ctx, scope)
  if (vpc?.id !== id.toLowerCase()) throw resourceNotFound('vpc', id)
  return vpc
}

async function vpcsIn(ctx: Pick<Context, 'store' | 'owner'>, scope: Scope): Promise<Vpc[]> {
  const id = vpcIdOf(ctx.owner, scope)
  if (id === null) return []
  const { organizationId: organization_id, projectId: project_id, since } = ctx.owner
  const vpc: Vpc = {
    id,
    name: 'default',
    organization_id,
    project_id,
    region: scope.region,
    tags: [],
    is_default: true,
    created_at: since,
    updated_at: since,
    private_network_count: (await networksIn(ctx, scope)).length,
    routing_enabled: false,
    custom_routes_propagation_enabled: false,
    transitivity_enabled: false,
    object_storage_private_access_enabled: false,
    s3_integration_enabled: false,
  }
  return [vpc]
}
