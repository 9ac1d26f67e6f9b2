import { type IpList, ListIps } from '#lib/core/ip.ts'
import type { Scope } from '../../scope.ts'
import { hasTags, isWithin } from '../../store/filters.ts'
import { pageBounds } from '../../store/page.ts'
import { ipView } from '../../views/ip-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** A page of IPs in ascending order of address. Without a scope, of all regions. */
export async function listIps({
  ctx,
  scope,
  query,
}: CallWith<'query', 'store'> & { scope: Scope | null }): Promise<IpList> {
  const filter = parseInput(ListIps, query)
  // All IPs are IPv4.
  if (filter.ip_type === 'ipv6') return { ips: [], total_count: 0 }
  let matches = ctx.store.reader.selectFrom('ips').where(hasTags('ips.tags', filter.tags))
  if (scope) matches = matches.where(isWithin('ips', scope))
  if (filter.ip_address) matches = matches.where('ip_address', '=', filter.ip_address)
  if (filter.organization_id) {
    matches = matches.where('organization_id', '=', filter.organization_id)
  }
  if (filter.project_id) matches = matches.where('project_id', '=', filter.project_id)

  const { limit, offset } = pageBounds(filter)
  const rows = await matches
    .selectAll()
    .orderBy('address_number')
    .limit(limit)
    .offset(offset)
    .execute()
  const { total } = await matches
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return { ips: rows.map(ipView), total_count: Number(total) }
}
