import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { howToBackUp, howToRestore } from './postgres-backup.ts'
import { parseDatabaseUrl } from './settings/database-url.ts'

/** The words of the command in a text, as a shell reads them. */
function words(text: string): string[] {
  const command = text.split('\n').find((line) => line.startsWith('  pg_')) ?? ''
  const script = `for word in ${command}; do printf '%s\\n' "$word"; done`
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trimEnd().split('\n')
}

const URL =
  "postgres://lb:it%27s@db1.example.com,db2.example.com:5433/lb?sslmode=verify-full&sslrootcert=/etc/my%20ca's.pem"
const CONNECTION =
  'host=db1.example.com,db2.example.com port=5432,5433 user=lb dbname=lb target_session_attrs=read-write ' +
  "sslmode=verify-full sslrootcert='/etc/my ca\\'s.pem'"

describe('a store in PostgreSQL', () => {
  test('is backed up with pg_dump and a copy of the key', () => {
    const text = howToBackUp(parseDatabaseUrl(URL), '/backups/of march.dump', '/keys/secrets.key')
    expect(words(text)).toEqual([
      'pg_dump',
      '--format=custom',
      '--file=/backups/of march.dump',
      CONNECTION,
    ])
    expect(text).toContain('keep a copy of the key file /keys/secrets.key')
    expect(text).not.toContain("it's")
  })

  test('is restored with pg_restore', () => {
    const text = howToRestore(parseDatabaseUrl('postgres://lb@10.0.0.1/lb'), '/backups/1.dump')
    expect(words(text)).toEqual([
      'pg_restore',
      '--no-owner',
      '--exit-on-error',
      '--single-transaction',
      '--dbname=host=10.0.0.1 port=5432 user=lb dbname=lb target_session_attrs=read-write sslmode=prefer',
      '/backups/1.dump',
    ])
  })
})
