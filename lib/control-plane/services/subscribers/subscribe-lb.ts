import type { Lb } from '#lib/core/lb.ts'
import { SubscribeToLb } from '#lib/core/subscriber.ts'
import type { Context } from '../../context.ts'
import { invalidField, preconditionFailed } from '../../errors.ts'
import { inScope, type Scope } from '../../scope.ts'
import { findLb } from '../../store/find.ts'
import type { Writer } from '../../store/reader.ts'
import type { LbRow, SubscriberRow } from '../../store/tables.ts'
import type { CallWith, Write } from '../call.ts'
import { changeLb } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { requireMatch } from '../require-match.ts'
import { etagOfLb, type Versioned, versionedLb } from '../versioned-views.ts'

type Call = CallWith<'scope' | 'id' | 'ifMatch', Write | 'fleet'>

/** Sets the subscriber of a load balancer, in place of the previous one. */
export async function subscribeToLb({
  ctx,
  scope,
  id,
  input,
  ifMatch,
}: Call & { input: unknown }): Promise<Versioned<Lb>> {
  const { id: lbId } = await findLb(ctx.store.reader, scope, id)
  const { subscriber_id: subscriberId } = parseInput(SubscribeToLb, input)
  return changeLb(ctx, lbId, async (writer, at, lb) => {
    await requireMatch(writer, ifMatch, etagOfLb(lb), lb.id)
    const subscriber = await namedSubscriber(writer, scope, subscriberId)
    return setSubscriber(ctx, writer, at, { lb, subscriber, verb: 'subscribe' })
  })
}

/** Removes the subscriber of a load balancer, but doesn't delete it. @throws ApiError 412 if there is none */
export async function unsubscribeFromLb({ ctx, scope, id, ifMatch }: Call): Promise<Versioned<Lb>> {
  const { id: lbId } = await findLb(ctx.store.reader, scope, id)
  return changeLb(ctx, lbId, async (writer, at, lb) => {
    await requireMatch(writer, ifMatch, etagOfLb(lb), lb.id)
    if (lb.subscriber_id === null) {
      const help = `Load balancer "${lb.name}" has no subscriber.`
      throw preconditionFailed('attribute_must_be_set', help)
    }
    return setSubscriber(ctx, writer, at, { lb, subscriber: null, verb: 'unsubscribe' })
  })
}

async function namedSubscriber(writer: Writer, scope: Scope, id: string): Promise<SubscriberRow> {
  const query = writer.selectFrom('subscribers').selectAll().where('id', '=', id)
  const subscriber = await query.executeTakeFirst()
  if (subscriber && inScope(subscriber, scope)) return subscriber
  throw invalidField(
    'subscriber_id',
    `There is no subscriber ${id} in ${scope.zone ?? scope.region}.`,
  )
}

async function setSubscriber(
  ctx: Pick<Context, 'fleet'>,
  writer: Writer,
  at: string,
  change: { lb: LbRow; subscriber: SubscriberRow | null; verb: string },
) {
  const { lb, subscriber, verb } = change
  const columns = { subscriber_id: subscriber?.id ?? null, updated_at: at }
  await writer.updateTable('lbs').set(columns).where('id', '=', lb.id).execute()
  // The new subscriber is notified of all current alerts.
  await writer.deleteFrom('alerts').where('lb_id', '=', lb.id).execute()
  return {
    entries: [{ verb, type: 'lb' as const, id: lb.id, before: lb, after: { ...lb, ...columns } }],
    result: () => versionedLb(ctx, writer, lb.id),
  }
}
