import { randomUUID } from 'node:crypto'
import { defaultZone } from '#lib/core/locality.ts'
import { CreateSubscriber, type Subscriber } from '#lib/core/subscriber.ts'
import { newSecret } from '../../notifications/signature.ts'
import { createScope } from '../../scope.ts'
import type { SubscriberRow } from '../../store/tables.ts'
import { subscriberView } from '../../views/subscriber-view.ts'
import type { CallWith, Write } from '../call.ts'
import { change } from '../change.ts'
import { parseInput } from '../parse-input.ts'
import { etagOf, type Versioned } from '../versioned-views.ts'
import { requireChannel } from './require-channel.ts'

/** Creates a subscriber. It gets no events until it subscribes to a load balancer. */
export async function createSubscriber({
  ctx,
  scope,
  input,
}: CallWith<'scope' | 'input', Write | 'notifications' | 'egress' | 'owner'>): Promise<
  Versioned<Subscriber>
> {
  const { region, zone } = createScope(scope)
  const request = parseInput(CreateSubscriber, input)
  const email = request.email_config?.email ?? null
  const uri = request.webhook_config?.uri ?? null
  requireChannel(ctx, { email, uri })
  return change(ctx, async (writer, at) => {
    const row: SubscriberRow = {
      id: randomUUID(),
      name: request.name,
      email,
      uri,
      region,
      zone: zone ?? defaultZone(region),
      organization_id: request.organization_id ?? ctx.owner.organizationId,
      project_id: request.project_id ?? ctx.owner.projectId,
      created_at: at,
      updated_at: at,
    }
    await writer.insertInto('subscribers').values(row).execute()
    const column = { table: 'subscriber_secrets', id: row.id } as const
    const sealed_secret = ctx.store.secrets.seal(newSecret(), column)
    await writer
      .insertInto('subscriber_secrets')
      .values({ subscriber_id: row.id, sealed_secret })
      .execute()
    return {
      entries: [{ verb: 'create', type: 'subscriber', id: row.id, before: null, after: row }],
      result: async () => ({ value: subscriberView(row), etag: etagOf(row) }),
    }
  })
}
