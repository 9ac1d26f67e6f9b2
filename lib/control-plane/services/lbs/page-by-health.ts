import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { LbHealthState } from '#lib/core/lb-health-states.ts'
import type { ListOverviews } from '#lib/core/observed.ts'
import type { UnhealthyLb, UnhealthyLbs } from '../../health/unhealthy-lbs.ts'
import { jsonItems } from '../../store/dialect/portable-sql.ts'
import { folded } from '../../store/folded-columns.ts'
import { pageBounds, readPage } from '../../store/page.ts'
import type { Reader } from '../../store/reader.ts'
import type { LbRow, Tables } from '../../store/tables.ts'

type Matches = SelectQueryBuilder<Tables, 'lbs', object>

/** Whether a load balancer has one of these healths. Those that are healthy are all but the others. */
export function hasHealth(
  unhealthy: UnhealthyLbs,
  states: readonly LbHealthState[],
): RawBuilder<SqlBool> {
  const isAsked = ({ state }: UnhealthyLb) => states.includes(state)
  if (!states.includes('healthy')) return isAmong(unhealthy.worstFirst.filter(isAsked))
  return isNotAmong(unhealthy.worstFirst.filter((one) => !isAsked(one)))
}

/** A page of the load balancers that match, in the requested order, and how many match. */
export async function readOverviewPage(
  reader: Reader,
  unhealthy: UnhealthyLbs,
  matches: Matches,
  filter: ListOverviews,
): Promise<{ rows: LbRow[]; total: number }> {
  const { order_by } = filter
  if (order_by !== 'health_asc' && order_by !== 'health_desc') {
    return readPage(reader, 'lbs', matches, { ...filter, order_by })
  }
  const { total } = await matches
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const first = await matching(unhealthy, matches, filter)
  const { limit, offset } = pageBounds(filter)
  if (order_by === 'health_asc') {
    const rows = await readUnhealthy(matches, first.slice(offset, offset + limit))
    const rest = await readHealthy(unhealthy, matches, {
      limit: limit - rows.length,
      offset: Math.max(0, offset - first.length),
    })
    return { rows: [...rows, ...rest], total: Number(total) }
  }
  const healthy = Number(total) - first.length
  const rows = await readHealthy(unhealthy, matches, {
    limit: Math.max(0, Math.min(limit, healthy - offset)),
    offset,
  })
  const from = Math.max(0, offset - healthy)
  const last = bestFirst(first).slice(from, from + limit - rows.length)
  return { rows: [...rows, ...(await readUnhealthy(matches, last))], total: Number(total) }
}

/** The unhealthy load balancers that match, worst first. Most lists have no filter that memory can't decide. */
async function matching(
  { worstFirst }: UnhealthyLbs,
  matches: Matches,
  { search, tags, region, health }: ListOverviews,
): Promise<readonly UnhealthyLb[]> {
  const found = worstFirst.filter(
    (one) =>
      (!region || one.region === region) && (health.length === 0 || health.includes(one.state)),
  )
  if (found.length === 0 || (!search && tags.length === 0)) return found
  const rows = await matches.select('lbs.id').where(isAmong(found)).execute()
  const ids = new Set(rows.map(({ id }) => id))
  return found.filter(({ id }) => ids.has(id))
}

async function readUnhealthy(matches: Matches, page: readonly UnhealthyLb[]): Promise<LbRow[]> {
  if (page.length === 0) return []
  const rows = await matches.selectAll('lbs').where(isAmong(page)).execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  return page.flatMap(({ id }) => byId.get(id) ?? [])
}

async function readHealthy(
  { worstFirst }: UnhealthyLbs,
  matches: Matches,
  { limit, offset }: { limit: number; offset: number },
): Promise<LbRow[]> {
  if (limit <= 0) return []
  const healthy = worstFirst.length === 0 ? matches : matches.where(isNotAmong(worstFirst))
  return healthy
    .selectAll('lbs')
    .orderBy(folded('name'))
    .orderBy(sql.ref('id'))
    .limit(limit)
    .offset(offset)
    .execute()
}

/** The best health first; those of equal health stay sorted by name. */
function bestFirst(worstFirst: readonly UnhealthyLb[]): UnhealthyLb[] {
  return [...Map.groupBy(worstFirst, ({ state }) => state).values()].reverse().flat()
}

/** One parameter for any number of load balancers. */
function isAmong(lbs: readonly UnhealthyLb[]): RawBuilder<SqlBool> {
  const ids = JSON.stringify(lbs.map(({ id }) => id))
  return sql<SqlBool>`(lbs.id in (select value from ${jsonItems(sql.val(ids))} as listed))`
}

const isNotAmong = (lbs: readonly UnhealthyLb[]) => sql<SqlBool>`not ${isAmong(lbs)}`
