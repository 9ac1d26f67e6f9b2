import { type Kysely, sql } from 'kysely'

/** The tables whose rows control planes keep in memory, and the columns of their keys. */
const LOGGED: Record<string, readonly string[]> = {
  lbs: ['id'],
  nodes: ['id'],
  node_pairs: ['region', 'number'],
  placements: ['lb_id'],
  draining_nodes: ['node_id'],
}

/** The row log: which rows of these tables were inserted, updated or deleted, whatever wrote them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table row_log (
      id bigint generated always as identity primary key,
      table_name text not null,
      key text not null,
      at timestamptz not null default now()
    )`.execute(db)
  await sql`create index row_log_at on row_log (at)`.execute(db)
  await sql`
    create function log_row() returns trigger language plpgsql as $$
    declare
      changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
      key text := changed ->> tg_argv[0];
    begin
      if tg_nargs > 1 then
        key := key || '/' || (changed ->> tg_argv[1]);
      end if;
      insert into row_log (table_name, key) values (tg_table_name, key);
      return null;
    end $$`.execute(db)
  for (const [table, columns] of Object.entries(LOGGED)) {
    const args = sql.join(columns.map((column) => sql.lit(column)))
    await sql`
      create trigger ${sql.ref(`${table}_row_log`)}
      after update or delete or insert on ${sql.table(table)}
      for each row execute function log_row(${args})`.execute(db)
  }
}
