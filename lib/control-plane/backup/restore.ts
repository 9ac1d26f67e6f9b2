import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openKeyFile } from '../secrets/key-file.ts'
import { resetSecrets } from '../secrets/reset-secrets.ts'
import { type Contents, checkDatabase } from './check-database.ts'
import { filesOf, publish, sync } from './files.ts'

/** `aside`: where the replaced database is kept, null where there was none. */
export type Restored = { contents: Contents; aside: string | null }

type Options = {
  /** The key that has encrypted the backup's secrets. */
  keyFile: string
  /** Whether to go on without these secrets, as their key is lost. */
  resetSecrets?: boolean
  now?: Date
}

/**
 * Puts a backup in a database's place, and keeps what was there beside it. Nobody may be using the database.
 * @throws Error in words, also if the key is not the backup's; then what was there is there still.
 */
export function restore(
  file: string,
  databaseFile: string,
  { keyFile, resetSecrets: reset = false, now = new Date() }: Options,
): Restored {
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`)
  const contents = checkDatabase(file)
  if (!reset) requireKey(file, contents, keyFile)
  mkdirSync(dirname(databaseFile), { recursive: true, mode: 0o700 })
  const draft = `${databaseFile}.restoring`
  rmSync(draft, { force: true })
  closeSync(openSync(draft, 'wx', 0o600))
  copyFileSync(file, draft)
  // The copy has the backup's mode, which may be read-only or readable by other users.
  chmodSync(draft, 0o600)
  if (reset && contents.keyId !== null) resetSecrets(draft, openKeyFile(keyFile, null))
  sync(draft)
  const aside = setAside(databaseFile, now)
  publish(draft, databaseFile, true)
  return { contents, aside }
}

/** Backups of earlier versions have their secrets in plain text; the next start encrypts them. */
function requireKey(file: string, { keyId }: Contents, keyFile: string): void {
  if (keyId === null) return
  try {
    openKeyFile(keyFile, keyId)
  } catch (error) {
    throw new Error(
      `${file} can't be restored with this key. ${(error as Error).message} Nothing was replaced.`,
    )
  }
}

/** Its write-ahead log goes with it, or the database that follows would read it as its own. */
function setAside(databaseFile: string, now: Date): string | null {
  if (!existsSync(databaseFile)) return null
  refuseWhileUsed(databaseFile)
  const aside = `${databaseFile}.replaced-${now.toISOString().replaceAll(/[:.]/g, '-')}`
  for (const part of filesOf(databaseFile)) {
    renameSync(part, aside + part.slice(databaseFile.length))
  }
  return aside
}

/** A database leaves its write-ahead log only where nobody else has it open. A damaged one is used by nobody. */
function refuseWhileUsed(databaseFile: string): void {
  try {
    const database = new DatabaseSync(databaseFile)
    try {
      database.exec('PRAGMA journal_mode = DELETE')
    } finally {
      database.close()
    }
  } catch (error) {
    if (!/locked|busy/.test((error as Error).message)) return
    throw new Error(`${databaseFile} is in use by another process. Stop Fairlead first.`)
  }
}
