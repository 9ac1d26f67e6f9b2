import type { FailoverList } from '#lib/core/failover.ts'
import { Paging } from '#lib/core/list.ts'
import { failoverView } from '../../failovers/failover-history.ts'
import { findLbAnywhere } from '../../store/find.ts'
import { pageBounds } from '../../store/page.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** A page of when which node was given a load balancer's traffic, newest first. */
export async function listFailovers({
  ctx,
  id,
  query,
}: CallWith<'id' | 'query', 'store'>): Promise<FailoverList> {
  const { limit, offset } = pageBounds(parseInput(Paging, query))
  const lb = await findLbAnywhere(ctx.store.reader, id)
  const all = ctx.store.reader.selectFrom('failovers').where('lb_id', '=', lb.id)
  const { total } = await all
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const newest = all.selectAll().orderBy('sequence', 'desc')
  const rows = await newest.limit(limit).offset(offset).execute()
  return { failovers: rows.map(failoverView), total_count: Number(total) }
}
