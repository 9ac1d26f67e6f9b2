import type { Subscriber } from '#lib/core/subscriber.ts'
import { findSubscriber } from '../../store/find.ts'
import { subscriberView } from '../../views/subscriber-view.ts'
import type { CallWith } from '../call.ts'
import { etagOf, type Versioned } from '../versioned-views.ts'

export async function getSubscriber({
  ctx,
  scope,
  id,
}: CallWith<'scope' | 'id', 'store'>): Promise<Versioned<Subscriber>> {
  const row = await findSubscriber(ctx.store.reader, scope, id)
  return { value: subscriberView(row), etag: etagOf(row) }
}
