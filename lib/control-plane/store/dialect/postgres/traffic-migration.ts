import { type Kysely, sql } from 'kysely'

/** The history of traffic, which other databases have in a file of its own. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table traffic_recording (id integer primary key check (id = 1), recorded_until bigint not null)`.execute(
    db,
  )
  await sql`insert into traffic_recording values (1, 0)`.execute(db)
  await sql`
    create table traffic_parts (
      key integer generated always as identity primary key,
      lb_id text not null references lbs (id) on delete cascade,
      name text not null,
      seen integer not null,
      unique (lb_id, name)
    )`.execute(db)
  for (const name of ['traffic_slots', 'traffic_minutes']) {
    await sql`
      create table ${sql.table(name)} (
        lb_id text not null references lbs (id) on delete cascade,
        minute integer not null,
        entries bytea not null,
        primary key (lb_id, minute)
      )`.execute(db)
    await sql`create index ${sql.ref(`${name}_minute`)} on ${sql.table(name)} (minute)`.execute(db)
  }
  await sql`
    create table traffic_known (
      region text not null, minute integer not null, slots integer not null, primary key (region, minute)
    )`.execute(db)
}
