import { sql } from 'kysely'
import { type ChangeSubjects, SUBJECT_LINES_MAX, SUBJECTS_MAX } from '#lib/core/change.ts'
import { compareNames } from '#lib/core/fold-case.ts'
import { notFound } from '../../errors.ts'
import { jsonText } from '../../store/dialect/portable-sql.ts'
import { historyHorizon } from '../../store/history-horizon.ts'
import type { CallWith } from '../call.ts'

/** The actors and resources in the newest entries of a load balancer's history, for its filters. Each is listed once, with its latest name. */
export async function listChangeSubjects({
  ctx,
  id,
}: CallWith<'id', 'store'>): Promise<ChangeSubjects> {
  const { reader } = ctx.store
  const all = reader.selectFrom('changes').where('lb_id', '=', id.toLowerCase())
  if (!(await all.select('id').limit(1).executeTakeFirst())) throw notFound('lb')
  const retained = all.where('id', '>', await historyHorizon(reader))
  const newest = retained.select('id').orderBy('id', 'desc').limit(SUBJECT_LINES_MAX)
  const lines = reader.selectFrom('changes').where('id', 'in', newest)
  const actors = await lines
    .select(({ fn }) => ['actor_kind', 'actor_id', fn.max('actor_name').as('actor_name')])
    .groupBy(['actor_kind', 'actor_id'])
    .orderBy(({ fn }) => fn.max('id'), 'desc')
    .limit(SUBJECTS_MAX)
    .execute()
  const last = lines
    .select(({ fn }) => fn.max('id').as('id'))
    .groupBy('resource_id')
    .orderBy(({ fn }) => fn.max('id'), 'desc')
    .limit(SUBJECTS_MAX)
  const latest = sql`coalesce(after, before)`
  const resources = await reader
    .selectFrom('changes')
    .select(['resource_type', 'resource_id'])
    .select(({ fn }) =>
      fn.coalesce(jsonText(latest, 'name'), jsonText(latest, 'ip_address')).as('name'),
    )
    .where('id', 'in', last)
    .execute()
  return {
    actors: actors
      .map((row) => ({ kind: row.actor_kind, id: row.actor_id, name: row.actor_name }))
      .sort((one, other) => compareNames(one.name, other.name)),
    resources: resources
      .map(({ resource_type, resource_id, name }) => ({
        type: resource_type,
        id: resource_id,
        name: name ?? '',
      }))
      .sort((one, other) => compareNames(one.name, other.name)),
  }
}
