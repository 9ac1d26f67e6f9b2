import { type Change, type ChangeList, ListChanges } from '#lib/core/change.ts'
import { notFound } from '../../errors.ts'
import { historyHorizon } from '../../store/history-horizon.ts'
import { pageBounds } from '../../store/page.ts'
import type { ChangeRow } from '../../store/tables.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** A page of a load balancer's history, newest first. It can still be read when the load balancer is deleted. */
export async function listChanges({
  ctx,
  id,
  query,
}: CallWith<'id' | 'query', 'store'>): Promise<ChangeList> {
  const filter = parseInput(ListChanges, query)
  const { reader } = ctx.store
  const all = reader.selectFrom('changes').where('lb_id', '=', id.toLowerCase())
  if (!(await all.select('id').limit(1).executeTakeFirst())) throw notFound('lb')
  let matches = all.where('id', '>', await historyHorizon(reader))
  if (filter.resource_id) matches = matches.where('resource_id', '=', filter.resource_id)
  if (filter.actor_id) matches = matches.where('actor_id', '=', filter.actor_id)
  const { total } = await matches
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const { limit, offset } = pageBounds(filter)
  if (filter.before) matches = matches.where('id', '<', filter.before)
  const rows = await matches.selectAll().orderBy('id', 'desc').limit(limit).offset(offset).execute()
  return { changes: rows.map(changeView), total_count: Number(total) }
}

function changeView(row: ChangeRow): Change {
  const { id, lb_id, generation, at, verb, before, after } = row
  return {
    id,
    lb_id,
    generation,
    at,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    verb,
    resource: { type: row.resource_type, id: row.resource_id },
    before,
    after,
  }
}
