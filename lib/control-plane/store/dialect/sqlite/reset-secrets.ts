import { DatabaseSync } from 'node:sqlite'
import { newSecret } from '../../../notifications/signature.ts'
import type { SecretBox } from '../../../secrets/secret-box.ts'
import { overwriteDeletedRows } from './erasure.ts'

/**
 * Removes the secrets from a database, because their key is lost: imported certificates lose their private keys, webhooks get new
 * signing secrets, joined nodes have to join again, and `box` encrypts from now on. No other process may be using the database.
 */
export function resetSecrets(databaseFile: string, box: SecretBox): void {
  using database = new DatabaseSync(databaseFile)
  overwriteDeletedRows(database)
  database.exec('begin')
  database.exec('delete from certificate_chains')
  database.exec("delete from settings where key in ('auth_secret', 'node_ca')")
  const renew = database.prepare(
    'update subscriber_secrets set sealed_secret = ? where subscriber_id = ?',
  )
  const rows = database.prepare('select subscriber_id as id from subscriber_secrets').all()
  for (const { id } of rows) {
    const row = { table: 'subscriber_secrets', id: String(id) } as const
    renew.run(box.seal(newSecret(), row), row.id)
  }
  database.prepare("update settings set value = ? where key = 'secrets_key_id'").run(box.keyId)
  database.exec('commit')
}
