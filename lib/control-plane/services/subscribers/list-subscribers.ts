import { ListSubscribers, type SubscriberList } from '#lib/core/subscriber.ts'
import { contains, isWithin } from '../../store/filters.ts'
import { readPage } from '../../store/page.ts'
import { subscriberView } from '../../views/subscriber-view.ts'
import type { CallWith } from '../call.ts'
import { parseInput } from '../parse-input.ts'

/** A page of the subscribers in the scope that match the filters. */
export async function listSubscribers({
  ctx,
  scope,
  query,
}: CallWith<'scope' | 'query', 'store'>): Promise<SubscriberList> {
  const filter = parseInput(ListSubscribers, query)
  let matches = ctx.store.reader.selectFrom('subscribers').where(isWithin('subscribers', scope))
  if (filter.name) matches = matches.where(contains('subscribers.name', filter.name))
  if (filter.organization_id) {
    matches = matches.where('organization_id', '=', filter.organization_id)
  }
  if (filter.project_id) matches = matches.where('project_id', '=', filter.project_id)
  const { rows, total } = await readPage(ctx.store.reader, 'subscribers', matches, filter)
  return { subscribers: rows.map(subscriberView), total_count: total }
}
