import { foldCase } from '#lib/core/fold-case.ts'
import { type IpamIp, type IpamIpList, ListIpamIps } from '#lib/core/ipam.ts'
import { resourceNotFound } from '../../errors.ts'
import type { Scope } from '../../scope.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { type Attachment, attachmentsIn, belongsTo, names, pageOf, vpcIdOf } from './attachments.ts'

/** A page of the IPAM IDs of a region's attachments to private networks. */
export async function listIpamIps({
  ctx,
  scope,
  query,
}: CallWith<'scope' | 'query', 'store' | 'owner'>): Promise<IpamIpList> {
  const filter = parseInput(ListIpamIps, query)
  const { resource_id: lbId, private_network_id: network } = filter
  const mayFind = fitsAttachments(filter) && fitsVpc(filter, vpcIdOf(ctx.owner, scope))
  const all = mayFind ? await attachmentsIn(ctx.store.reader, scope, { lbId, network }) : []
  const part = foldCase(filter.resource_name ?? '')
  const found = all
    .filter((one) => belongsTo(filter, one) && names(filter.resource_ids, one.lb_id))
    .filter(({ lb_name }) => foldCase(lb_name).includes(part))
    .flatMap((one) => ipsOf(one, scope))
    .filter(({ id }) => names(filter.ip_ids, id))
    .sort(byOrder(filter.order_by))
  return { ips: pageOf(found, filter), total_count: found.length }
}

/** @throws ApiError 404 if no attachment of the region has this ID */
export async function getIpamIp({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store'>): Promise<IpamIp> {
  const lowerCaseId = id.toLowerCase()
  const all = await attachmentsIn(ctx.store.reader, scope)
  const found = all.flatMap((one) => ipsOf(one, scope)).find((ip) => ip.id === lowerCaseId)
  if (!found) throw resourceNotFound('ip', id)
  return found
}

/** Whether attachments can match the filter: they belong to load balancers and have no address, tag, zone or subnet. */
function fitsAttachments(filter: ListIpamIps): boolean {
  const { resource_type: type, resource_types: types, tags } = filter
  const { mac_address: mac, subnet_id: subnet, zonal, is_ipv6: family } = filter
  if (filter.attached === false || filter.regional === true || tags.length > 0) return false
  if ([mac, subnet, zonal, family].some((value) => value !== undefined)) return false
  return type === 'lb_server' || (type === 'unknown_type' && names(types, 'lb_server'))
}

function fitsVpc({ vpc_id, source_vpc_id }: ListIpamIps, own: string | null): boolean {
  return [vpc_id, source_vpc_id].every((value) => value === undefined || value === own)
}

function ipsOf(row: Attachment, { region }: Scope): IpamIp[] {
  return row.ipam_ids.map((id) => ({
    id,
    address: '',
    project_id: row.project_id,
    is_ipv6: false,
    created_at: row.created_at,
    updated_at: row.updated_at,
    source: { private_network_id: row.private_network_id },
    resource: { type: 'lb_server', id: row.lb_id, mac_address: null, name: row.lb_name },
    tags: [],
    reverses: [],
    region,
    zone: null,
  }))
}

/** All orders are by time: an IPAM ID is attached when it is created, and none has an address. */
function byOrder(order: ListIpamIps['order_by']) {
  const key = order.startsWith('updated_at') ? 'updated_at' : 'created_at'
  const sign = order.endsWith('asc') ? 1 : -1
  return (one: IpamIp, other: IpamIp) =>
    sign * (one[key].localeCompare(other[key]) || one.id.localeCompare(other.id))
}
