import { type Kysely, sql } from 'kysely'

/** The type `real` has 64 bits in SQLite and 32 bits in PostgreSQL. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table failovers alter column gap_ms type double precision`.execute(db)
}
