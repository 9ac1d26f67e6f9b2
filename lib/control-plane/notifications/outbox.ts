import type { DeliveryAttempt, EventBody } from '#lib/core/delivery.ts'
import type { Authority } from '../authority/authority.ts'
import type { Sealed } from '../secrets/secret-box.ts'
import type { Reader, Writer } from '../store/reader.ts'
import type { Store } from '../store/store.ts'
import type { DeliveryRow } from '../store/tables.ts'

/** Kept per subscriber: deliveries that are delivered or given up. Kept per delivery: attempts. */
const FINISHED_MAX = 100
const ATTEMPTS_MAX = 20
/** Pending deliveries per subscriber. Beyond that, the oldest are given up. */
const PENDING_MAX = 1000

/** Adds events to a subscriber's outbox in a transaction. They are delivered even if the process restarts. */
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
  await giveUpExcess(writer, subscriberId)
  return rows
}

async function giveUpExcess(writer: Writer, subscriberId: string): Promise<void> {
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
  await pruneDeliveries(writer, subscriberId)
}

/** A due delivery with the subscriber's channel. */
export type DueDelivery = DeliveryRow & {
  email: string | null
  uri: string | null
  sealed_secret: Sealed
}

/** The oldest pending delivery of each subscriber, if it is due. Later ones wait for it, which keeps the order. */
export async function dueDeliveries(
  reader: Reader,
  { now, without, limit }: { now: string; without: string[]; limit: number },
): Promise<DueDelivery[]> {
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

/** Where results are stored, and with which authority. */
export type Recording = { store: Store; authority: Authority }

/** Stores an attempt and the delivery's new status. `next` is the time of the next attempt; null to give up. */
export function recordAttempt(
  { store, authority }: Recording,
  delivery: DeliveryRow,
  attempt: DeliveryAttempt,
  { delivered, next }: { delivered: boolean; next: string | null },
): Promise<void> {
  const status = delivered ? 'delivered' : next ? 'pending' : 'given_up'
  return store.transaction(authority, async (writer) => {
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
    await pruneDeliveries(writer, delivery.subscriber_id)
  })
}

/** Makes deliveries due whose next attempt is after `latest` (RFC 3339), because the clock was set back. */
export function advanceRetries({ store, authority }: Recording, latest: string): Promise<void> {
  return store.transaction(authority, async (writer) => {
    await writer
      .updateTable('deliveries')
      .set({ next_attempt_at: new Date().toISOString() })
      .where('status', '=', 'pending')
      .where('next_attempt_at', '>', latest)
      .execute()
  })
}

/** Makes all pending deliveries of a subscriber due. */
export async function makeDue(writer: Writer, subscriberId: string): Promise<void> {
  await writer
    .updateTable('deliveries')
    .set({ next_attempt_at: new Date().toISOString() })
    .where('subscriber_id', '=', subscriberId)
    .where('status', '=', 'pending')
    .execute()
}

async function pruneDeliveries(writer: Writer, subscriberId: string): Promise<void> {
  const last = await writer
    .selectFrom('deliveries')
    .select('id')
    .where('subscriber_id', '=', subscriberId)
    .where('status', '!=', 'pending')
    .orderBy('id', 'desc')
    .limit(1)
    .offset(FINISHED_MAX)
    .executeTakeFirst()
  if (!last) return
  await writer
    .deleteFrom('deliveries')
    .where('subscriber_id', '=', subscriberId)
    .where('status', '!=', 'pending')
    .where('id', '<=', last.id)
    .execute()
}
