import { createHash } from 'node:crypto'
import type { Paging } from '#lib/core/list.ts'
import type { Owner } from '../../context.ts'
import { isServed, type Scope } from '../../scope.ts'
import { pageBounds } from '../../store/page.ts'
import type { Reader } from '../../store/store.ts'
import type { LbRow, PrivateNetworkRow } from '../../store/tables.ts'

/** A load balancer's attachment to a private network, with what is answered of the load balancer. */
export type Attachment = PrivateNetworkRow &
  Pick<LbRow, 'organization_id' | 'project_id'> & { lb_name: string }

/** The attachments of a region's load balancers, the oldest first: all, or those of one load balancer or to one network. */
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
 * The id of a region's VPC, always the same; null in Scaleway's other regions. Clients need one, as each of Scaleway's private
 * networks is in a VPC.
 */
export function vpcIdOf({ projectId }: Owner, scope: Scope): string | null {
  if (!isServed(scope)) return null
  const hash = createHash('sha256').update(`vpc/${projectId}/${scope.region}`).digest('hex')
  // A UUID of version 8 (RFC 9562 section 5.8).
  const hex = `${hash.slice(0, 12)}8${hash.slice(13, 16)}8${hash.slice(17, 32)}`
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Whether a list of ids names one; an empty list names all. */
export function names(ids: readonly string[], id: string): boolean {
  return ids.length === 0 || ids.includes(id)
}

type Owned = { organization_id: string; project_id: string }

/** Whether something belongs to the organisation and the project that a list is asked for. */
export function belongsTo(
  filter: { organization_id?: string | undefined; project_id?: string | undefined },
  { organization_id, project_id }: Owned,
): boolean {
  const { organization_id: organization = organization_id, project_id: project = project_id } =
    filter
  return organization === organization_id && project === project_id
}

/** Whether a list is asked for what has private access to object storage, by its newer name or its older. */
export function wantsStorage(filter: {
  object_storage_private_access_enabled?: boolean | undefined
  s3_integration_enabled?: boolean | undefined
}): boolean {
  return (
    filter.object_storage_private_access_enabled === true || filter.s3_integration_enabled === true
  )
}

/** One page of all that a list found. */
export function pageOf<Item>(found: readonly Item[], paging: Paging): Item[] {
  const { limit, offset } = pageBounds(paging)
  return found.slice(offset, offset + limit)
}
