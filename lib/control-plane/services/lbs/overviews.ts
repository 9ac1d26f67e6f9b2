import { type LbOverview, type LbOverviewList, ListOverviews } from '#lib/core/observed.ts'
import type { Context } from '../../context.ts'
import { observedHealth } from '../../nodes/observed/observed-health.ts'
import { addressContains, contains, hasTags, someTagContains } from '../../store/filters.ts'
import { findLbAnywhere } from '../../store/find.ts'
import { lbBatches } from '../../store/lb-batches.ts'
import { type LbParts, loadLbParts } from '../../store/lb-parts.ts'
import { loadRules, NO_RULES, type Rules } from '../../store/load-rules.ts'
import type { LbRow } from '../../store/tables.ts'
import { lbState, lbView } from '../../views/lb-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'
import { etagOfLb, type Versioned } from '../versioned-views.ts'
import { hasHealth, readOverviewPage } from './page-by-health.ts'

/** A page of the load balancers of all regions, for the console's list. */
export async function listOverviews({
  ctx,
  query,
}: CallWith<'query', 'store' | 'fleet' | 'traffic' | 'health'>): Promise<LbOverviewList> {
  const filter = parseInput(ListOverviews, query)
  const { search, region, tags } = filter
  const { unhealthy } = ctx.health
  let matches = ctx.store.reader.selectFrom('lbs').where(hasTags('lbs.tags', tags))
  if (filter.health.length > 0) matches = matches.where(hasHealth(unhealthy, filter.health))
  if (region) matches = matches.where('lbs.region', '=', region)
  if (search) {
    matches = matches.where(({ eb, or, selectFrom }) =>
      or([
        contains('lbs.name', search),
        someTagContains('lbs.tags', search),
        eb(
          'lbs.id',
          'in',
          selectFrom('ips')
            .select('ips.lb_id')
            .where('ips.lb_id', 'is not', null)
            .where(addressContains('ips.ip_address', search)),
        ),
      ]),
    )
  }
  const { reader } = ctx.store
  const { rows, total } = await readOverviewPage(reader, unhealthy, matches, filter)
  return { lbs: await overviewsOf(ctx, rows), total_count: total }
}

/** A load balancer of any region. */
export async function getOverview({
  ctx,
  id,
}: CallWith<'id', 'store' | 'fleet' | 'traffic'>): Promise<Versioned<LbOverview>> {
  const lb = await findLbAnywhere(ctx.store.reader, id)
  const [overview] = await overviewsOf(ctx, [lb])
  if (!overview) throw new Error(`Load balancer ${id} has no overview`)
  return { value: overview, etag: etagOfLb(lb) }
}

async function overviewsOf(
  ctx: Pick<Context, 'store' | 'fleet' | 'traffic'>,
  lbs: LbRow[],
): Promise<LbOverview[]> {
  if (lbs.length === 0) return []
  const { reader } = ctx.store
  const ids = lbs.map(({ id }) => id)
  const parts = new Map((await loadLbParts(reader, lbs)).map((one) => [one.lb.id, one]))
  const overviews: LbOverview[] = []
  for await (const batch of lbBatches(reader, ids)) {
    const rules = await loadRules(reader, batch)
    for (const id of batch) {
      const lbParts = parts.get(id)
      if (lbParts) overviews.push(overviewOf(ctx, lbParts, rules.get(id) ?? NO_RULES))
    }
  }
  return overviews
}

function overviewOf(
  ctx: Pick<Context, 'fleet' | 'traffic'>,
  parts: LbParts,
  rules: Rules,
): LbOverview {
  const { lb, ips } = parts
  const state = lbState(lb, ips[0]?.ip_address ?? null, ctx.fleet)
  const responses = ctx.traffic.recentResponses.of(lb.id)
  const { health, problems, servers, serversUp } = observedHealth(state, rules, responses)
  return {
    lb: lbView(parts, ctx.fleet),
    health,
    servers,
    servers_up: serversUp,
    problems,
  }
}
