import type { PlanInput } from '../plan/plan.ts'
import type { Reader } from '../store/reader.ts'
import type { LbRow } from '../store/tables.ts'
import { yieldEvery } from '../yield-every.ts'

/** The rows that the configurations of `lbs` depend on: five queries, however many there are. */
export async function loadPlanInputs(
  reader: Reader,
  lbs: LbRow[],
  carriageFor: (lbId: string) => PlanInput['carriage'],
): Promise<PlanInput[]> {
  if (lbs.length === 0) return []
  const ids = lbs.map(({ id }) => id)
  const yieldWhenDue = yieldEvery()
  const ips = await reader
    .selectFrom('ips')
    .select(['lb_id', 'ip_address'])
    .where('lb_id', 'in', ids)
    .execute()
  const backends = await reader
    .selectFrom('backends')
    .selectAll()
    .where('lb_id', 'in', ids)
    .orderBy('created_at')
    .execute()
  await yieldWhenDue()
  const frontends = await reader
    .selectFrom('frontends')
    .selectAll()
    .where('lb_id', 'in', ids)
    .orderBy('created_at')
    .execute()
  await yieldWhenDue()
  const routes = await reader.selectFrom('routes').selectAll().where('lb_id', 'in', ids).execute()
  const acls = await reader.selectFrom('acls').selectAll().where('lb_id', 'in', ids).execute()
  await yieldWhenDue()
  const address = new Map(ips.map(({ lb_id, ip_address }) => [lb_id, ip_address]))
  const backendsOf = Map.groupBy(backends, (row) => row.lb_id)
  const frontendsOf = Map.groupBy(frontends, (row) => row.lb_id)
  const routesOf = Map.groupBy(routes, (row) => row.lb_id)
  const aclsOf = Map.groupBy(acls, (row) => row.lb_id)
  return lbs.map((lb) => ({
    lb,
    address: address.get(lb.id) ?? null,
    carriage: carriageFor(lb.id),
    backends: backendsOf.get(lb.id) ?? [],
    frontends: frontendsOf.get(lb.id) ?? [],
    routes: routesOf.get(lb.id) ?? [],
    acls: aclsOf.get(lb.id) ?? [],
  }))
}
