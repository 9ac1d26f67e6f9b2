import { createHash } from 'node:crypto'
import type { Paging } from '#lib/core/list.ts'
import { isServed, type Scope } from '../../scope.ts'
import type { Owner } from '../../store/installation-identity.ts'
import { pageBounds } from '../../store/page.ts'
import type { Reader } from '../../store/reader.ts'
import type { LbRow, PrivateNetworkRow } from '../../store/tables.ts'

/** An attachment of a load balancer to a private network, with fields of the load balancer. */
export type Attachment = PrivateNetworkRow &
  Pick<LbRow, 'organization_id' | 'project_id'> & { lb_name: string }

/** The attachments of a region, oldest first, optionally of one load balancer or to one network. */
export async function attachmentsIn(
  reader: Reader,
  scope: Scope,
  which: { lbId?: string | undefined; network?: string | undefined } = {},
): Promise<Attachment[]> {
  if (!isServed(scope)) return []
  let matches = reader
    .selectFrom('private_networks')
    .innerJoin('lbs', 'lbs.id', 'private_networks.lb_id')
    .selectAll('private_networks')
    .select(['lbs.name as lb_name', 'lbs.organization_id', 'lbs.project_id'])
    .where('lbs.region', '=', scope.region)
  if (which.lbId) matches = matches.where('private_networks.lb_id', '=', which.lbId)
  if (which.network) {
    matches = matches.where('private_networks.private_network_id', '=', which.network)
  }
  return matches
    .orderBy('private_networks.created_at')
    .orderBy('private_networks.private_network_id')
    .execute()
}

/**
 * The constant ID of a region's VPC; null in Scaleway's other regions. Clients need one, because every private network of Scaleway
 * is in a VPC.
 */
export function vpcIdOf({ projectId }: Owner, scope: Scope): string | null {
  if (!isServed(scope)) return null
  const hash = createHash('sha256').update(`vpc/${projectId}/${scope.region}`).digest('hex')
  // A UUID of version 8 (RFC 9562 section 5.8).
  const hex = `${hash.slice(0, 12)}8${hash.slice(13, 16)}8${hash.slice(17, 32)}`
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Whether a list of IDs includes one; an empty list includes all. */
export function names(ids: readonly string[], id: string): boolean {
  return ids.length === 0 || ids.includes(id)
}

type Owned = { organization_id: string; project_id: string }

/** Whether an object belongs to the organization and project of a filter. */
export function belongsTo(
  filter: { organization_id?: string | undefined; project_id?: string | undefined },
  { organization_id, project_id }: Owned,
): boolean {
  const { organization_id: organization = organization_id, project_id: project = project_id } =
    filter
  return organization === organization_id && project === project_id
}

/** Whether a filter requires object storage access, by its new or its old name. */
export function wantsStorage(filter: {
  object_storage_private_access_enabled?: boolean | undefined
  s3_integration_enabled?: boolean | undefined
}): boolean {
  return (
    filter.object_storage_private_access_enabled === true || filter.s3_integration_enabled === true
  )
}

/** One page of the matches. */
export function pageOf<Item>(found: readonly Item[], paging: Paging): Item[] {
  const { limit, offset } = pageBounds(paging)
  return found.slice(offset, offset + limit)
}
