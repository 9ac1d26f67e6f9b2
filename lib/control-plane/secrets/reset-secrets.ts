import { DatabaseSync } from 'node:sqlite'
import { newSecret } from '../notifications/signature.ts'
import type { SecretBox } from './secret-box.ts'

/**
 * Has a database that nobody uses go on without its secrets, as their key is lost: imported certificates lose their private keys,
 * webhooks are signed with new secrets, and another key encrypts from now on.
 */
export function resetSecrets(databaseFile: string, box: SecretBox): void {
  using database = new DatabaseSync(databaseFile)
  database.exec('PRAGMA secure_delete = ON')
  database.exec('begin')
  database.exec('delete from certificate_chains')
  database.exec("delete from settings where key = 'auth_secret'")
  const renew = database.prepare(
    'update subscriber_secrets set sealed_secret = ? where subscriber_id = ?',
  )
  for (const { id } of database
    .prepare('select subscriber_id as id from subscriber_secrets')
    .all()) {
    const place = { table: 'subscriber_secrets', id: String(id) } as const
    renew.run(box.seal(newSecret(), place), place.id)
  }
  database.prepare("update settings set value = ? where key = 'secrets_key_id'").run(box.keyId)
  database.exec('commit')
}
