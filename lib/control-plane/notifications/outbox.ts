import type { DeliveryAttempt, EventBody } from '#lib/core/delivery.ts'
import { Authority } from '../authority/authority.ts'
import type { Sealed } from '../secrets/secret-box.ts'
import type { Reader, Store, Writer } from '../store/store.ts'
import type { DeliveryRow } from '../store/tables.ts'

/** So many settled deliveries are kept of each subscriber, and so many attempts of each. */
const SETTLED_MAX = 100
const ATTEMPTS_MAX = 20
/** So many may wait for a subscriber; of more the oldest is given up. */
const PENDING_MAX = 1000

/** Writes events down for a subscriber, inside a transaction: what is in here is sent, whatever happens. */
export async function addEvents(
  writer: Writer,
  subscriberId: string,
  events: EventBody[],
): Promise<DeliveryRow[]> {
  const rows: DeliveryRow[] = []
  for (const event of events) {
    const row = {
      subscriber_id: subscriberId,
      lb_id: event.load_balancer?.id ?? null,
      event_id: event.id,
      event_type: event.type,
      at: event.at,
      body: JSON.stringify(event),
      status: 'pending' as const,
      attempts: [],
      attempt_count: 0,
      next_attempt_at: new Date().toISOString(),
    }
    rows.push(
      await writer.insertInto('deliveries').values(row).returningAll().executeTakeFirstOrThrow(),
    )
  }
  await giveUpTooMany(writer, subscriberId)
  return rows
}

async function giveUpTooMany(writer: Writer, subscriberId: string): Promise<void> {
  const newest = await writer
    .selectFrom('deliveries')
    .select('id')
    .where('subscriber_id', '=', subscriberId)
    .where('status', '=', 'pending')
    .orderBy('id', 'desc')
    .limit(1)
    .offset(PENDING_MAX)
    .executeTakeFirst()
  if (!newest) return
  await writer
    .updateTable('deliveries')
    .set({ status: 'given_up', next_attempt_at: null })
    .where('subscriber_id', '=', subscriberId)
    .where('status', '=', 'pending')
    .where('id', '<=', newest.id)
    .execute()
  await dropOldest(writer, subscriberId)
}

/** A delivery that is due, with where it goes. */
export type Due = DeliveryRow & { email: string | null; uri: string | null; sealed_secret: Sealed }

/** The oldest that waits for each subscriber, where it is due: what comes after it waits for it. */
export async function dueDeliveries(
  reader: Reader,
  { now, without, limit }: { now: string; without: string[]; limit: number },
): Promise<Due[]> {
  let query = reader
    .selectFrom('deliveries')
    .innerJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
    .innerJoin('subscriber_secrets', 'subscriber_secrets.subscriber_id', 'subscribers.id')
    .selectAll('deliveries')
    .select(['subscribers.email', 'subscribers.uri', 'subscriber_secrets.sealed_secret'])
    .where('deliveries.id', 'in', (heads) =>
      heads
        .selectFrom('deliveries as waiting')
        .select(({ fn }) => fn.min('waiting.id').as('id'))
        .where('waiting.status', '=', 'pending')
        .groupBy('waiting.subscriber_id'),
    )
    .where('deliveries.next_attempt_at', '<=', now)
  if (without.length > 0) query = query.where('deliveries.subscriber_id', 'not in', without)
  return query.orderBy('deliveries.next_attempt_at').limit(limit).execute()
}

/** Writes an attempt down, and what becomes of the delivery. `next`: when it is tried again; null for never. */
export function settle(
  store: Store,
  delivery: DeliveryRow,
  attempt: DeliveryAttempt,
  { delivered, next }: { delivered: boolean; next: string | null },
): Promise<void> {
  const status = delivered ? 'delivered' : next ? 'pending' : 'given_up'
  return store.transaction(Authority.system, async (writer) => {
    await writer
      .updateTable('deliveries')
      .set({
        status,
        attempts: [...delivery.attempts, attempt].slice(-ATTEMPTS_MAX),
        attempt_count: delivery.attempt_count + 1,
        next_attempt_at: delivered ? null : next,
      })
      .where('id', '=', delivery.id)
      .execute()
    await dropOldest(writer, delivery.subscriber_id)
  })
}

/** Makes deliveries due that are scheduled later than `latest` (RFC 3339), as the clock was set back since. */
export function tryNoLater(store: Store, latest: string): Promise<void> {
  return store.transaction(Authority.system, async (writer) => {
    await writer
      .updateTable('deliveries')
      .set({ next_attempt_at: new Date().toISOString() })
      .where('status', '=', 'pending')
      .where('next_attempt_at', '>', latest)
      .execute()
  })
}

/** Has all that waits for a subscriber tried now. */
export async function tryNow(writer: Writer, subscriberId: string): Promise<void> {
  await writer
    .updateTable('deliveries')
    .set({ next_attempt_at: new Date().toISOString() })
    .where('subscriber_id', '=', subscriberId)
    .where('status', '=', 'pending')
    .execute()
}

async function dropOldest(writer: Writer, subscriberId: string): Promise<void> {
  const last = await writer
    .selectFrom('deliveries')
    .select('id')
    .where('subscriber_id', '=', subscriberId)
    .where('status', '!=', 'pending')
    .orderBy('id', 'desc')
    .limit(1)
    .offset(SETTLED_MAX)
    .executeTakeFirst()
  if (!last) return
  await writer
    .deleteFrom('deliveries')
    .where('subscriber_id', '=', subscriberId)
    .where('status', '!=', 'pending')
    .where('id', '<=', last.id)
    .execute()
}
