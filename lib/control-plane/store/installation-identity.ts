import { randomBytes, randomUUID } from 'node:crypto'
import { Authority } from '../authority/authority.ts'
import { timestamp } from '../clock.ts'
import type { Sealed } from '../secrets/secret-box.ts'
import type { Store } from './store.ts'

/** The default organization and project of new objects, created at the first start. */
export type Owner = { organizationId: string; projectId: string; since: string }

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

/** An encrypted setting. If it is missing, `generate` provides it, once. */
export async function sealedSetting(
  store: Store,
  key: string,
  generate: () => Promise<string>,
): Promise<string> {
  const row = { table: 'settings', id: key } as const
  const query = store.reader.selectFrom('settings').select('value').where('key', '=', key)
  let sealed = (await query.executeTakeFirst())?.value
  if (sealed === undefined) {
    const generated = store.secrets.seal(await generate(), row)
    sealed = await setting(store, key, () => generated)
  }
  return store.secrets.open(sealed as Sealed, row)
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
