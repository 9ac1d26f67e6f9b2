import { type DatabaseAddress, databaseName } from '#lib/protocol/settings/database-address.ts'

const MORE = 'See app/(console)/docs/postgresql.md.'

/** What to do instead of `npm run backup` for a store in PostgreSQL. */
export function howToBackUp(address: DatabaseAddress, file: string, keyFile: string): string {
  return `The store is in the PostgreSQL database ${databaseName(address)}. Back it up with PostgreSQL's own program, which may run while Fairlead does:

  pg_dump --format=custom --file=${quoted(file)} ${quoted(connectionString(address))}

Its secrets are encrypted: keep a copy of the key file ${keyFile}, but not with the backup. To go back to any moment, use pg_basebackup with an archive of
the WAL. ${MORE}`
}

/** What to do instead of `npm run restore` for a store in PostgreSQL. */
export function howToRestore(address: DatabaseAddress, file: string): string {
  const target = connectionString(address)
  return `The store is in the PostgreSQL database ${databaseName(address)}. Stop every control plane, create the database anew, and restore a backup of pg_dump with:

  pg_restore --no-owner --exit-on-error --single-transaction --dbname=${quoted(target)} ${quoted(file)}

A file of npm run backup is restored without FAIRLEAD_DATABASE_URL, and then moved with npm run move-store. ${MORE}`
}

/** The database as libpq's programs expect it, without the password, which they ask for. */
function connectionString({ hosts, user, database, tls }: DatabaseAddress): string {
  const parameters = {
    host: hosts.map(({ host }) => host).join(','),
    port: hosts.map(({ port }) => port).join(','),
    user,
    dbname: database,
    target_session_attrs: 'read-write',
    sslmode: tls.mode,
    sslrootcert: tls.rootCertificate,
    sslcert: tls.certificate,
    sslkey: tls.key,
  }
  return Object.entries(parameters)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${escaped(String(value))}`)
    .join(' ')
}

/** A value in libpq's format. */
const escaped = (value: string) =>
  /^[\w.,:/-]+$/.test(value) ? value : `'${value.replaceAll(/['\\]/g, '\\$&')}'`

/** A word of a shell's command. */
const quoted = (word: string) =>
  /^[\w.,:/=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
