import type { Subscriber } from '#lib/core/subscriber.ts'
import type { Context } from '../../context.ts'
import type { Scope } from '../../scope.ts'
import { findSubscriber } from '../../store/find.ts'
import { subscriberView } from '../../views/subscriber-view.ts'
import { etagOf, type Versioned } from '../answer.ts'

export async function getSubscriber({
  ctx,
  scope,
  id,
}: {
  ctx: Context
  scope: Scope
  id: string
}): Promise<Versioned<Subscriber>> {
  const row = await findSubscriber(ctx.store.reader, scope, id)
  return { value: subscriberView(row), etag: etagOf(row) }
}
