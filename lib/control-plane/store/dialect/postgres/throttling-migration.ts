import { type Kysely, sql } from 'kysely'

/** Failed attempts to log in, which all processes count together. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table throttled_keys (
      key text primary key,
      failures integer not null,
      ends_at timestamptz not null
    )`.execute(db)
  await sql`create index throttled_keys_end on throttled_keys (ends_at)`.execute(db)
}
