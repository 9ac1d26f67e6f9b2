import { type Change, type ChangeList, FAILOVER_VERBS, ListChanges } from '#lib/core/change.ts'
import type { FailoverReason } from '#lib/core/failover.ts'
import { notFound } from '../../errors.ts'
import { historyHorizon } from '../../store/history-horizon.ts'
import { pageBounds } from '../../store/page.ts'
import type { ChangeRow } from '../../store/tables.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** A page of a load balancer's history, newest first. The history of a deleted load balancer can still be read. */
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
  if (filter.kind) {
    const operator = filter.kind === 'failovers' ? 'in' : 'not in'
    matches = matches.where('verb', operator, FAILOVER_VERBS)
  }
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
    failover: isFailover(row) ? failoverOf(before as FailoverState, after as FailoverState) : null,
  }
}

/** `before` and `after` of a failover's entry. Entries of earlier versions have only the cluster. */
type FailoverState = {
  active_node?: string
  failover_id?: string
  reason?: FailoverReason
  gap_ms?: number
}

const isFailover = ({ verb }: ChangeRow) => FAILOVER_VERBS.some((one) => one === verb)

function failoverOf(before: FailoverState, after: FailoverState): Change['failover'] {
  const { active_node: from_node } = before
  const { active_node: to_node, failover_id: id, reason, gap_ms } = after
  if (!from_node || !to_node || !id || !reason || gap_ms === undefined) return null
  return { id, from_node, to_node, reason, gap_ms }
}
