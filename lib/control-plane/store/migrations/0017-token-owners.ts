import { type Kysely, sql } from 'kysely'

/**
 * The owner of each API token, and the networks from which it can be used. An existing token belongs to the account that created
 * it, directly or with another token. If that can't be found, it belongs to the installation and stays valid.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const table = () => db.schema.alterTable('api_tokens')
  await table().addColumn('owner_id', 'text').execute()
  await table()
    .addColumn('networks', 'text', (c) => c.notNull().defaultTo('[]'))
    .execute()
  await sql`
    with recursive owned(access_key, owner_id) as (
      select api_tokens.access_key, users.id
      from api_tokens join users on users.email = api_tokens.created_by
      union
      select api_tokens.access_key, owned.owner_id
      from api_tokens join owned on owned.access_key = api_tokens.created_by
    )
    update api_tokens
    set owner_id = (select owner_id from owned where owned.access_key = api_tokens.access_key)
    where not from_settings`.execute(db)
}
