import { randomBytes, randomUUID } from 'node:crypto'
import { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import type { Owner } from '../context.ts'
import type { Sealed } from '../secrets/secret-box.ts'
import type { Store } from './store.ts'

/** The IDs and the secret that an installation generates at its first start. */
export type Identity = { owner: Owner; authSecret: string }

/** Reads the installation's identity, and generates what is missing. */
export async function loadIdentity(store: Store): Promise<Identity> {
  return {
    owner: {
      organizationId: await setting(store, 'organization_id', randomUUID),
      projectId: await setting(store, 'project_id', randomUUID),
      since: await setting(store, 'since', timestamp),
    },
    authSecret: await authSecretOf(store),
  }
}

async function authSecretOf(store: Store): Promise<string> {
  const row = { table: 'settings', id: 'auth_secret' } as const
  const generate = () => store.secrets.seal(randomBytes(32).toString('base64url'), row)
  return store.secrets.open((await setting(store, row.id, generate)) as Sealed, row)
}

async function setting(store: Store, key: string, generate: () => string): Promise<string> {
  return store.transaction(Authority.system, async (writer) => {
    await writer
      .insertInto('settings')
      .values({ key, value: generate() })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute()
    const query = writer.selectFrom('settings').select('value').where('key', '=', key)
    return (await query.executeTakeFirstOrThrow()).value
  })
}
