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
import { openKeyFile } from '../secrets/key-file.ts'
import { checkDatabase, type DatabaseSummary } from '../store/dialect/sqlite/check-database.ts'
import { filesOf, isInUse } from '../store/dialect/sqlite/database-files.ts'
import { resetSecrets } from '../store/dialect/sqlite/reset-secrets.ts'
import { publish, sync } from './files.ts'

export type Restored = {
  summary: DatabaseSummary
  /** Where the replaced database is kept; null if there was none. */
  replacedFile: string | null
}

type Options = {
  /** The key that the backup's secrets are encrypted with. */
  keyFile: string
  /** Restores without the secrets, because their key is lost. */
  resetSecrets?: boolean
  now?: Date
}

/**
 * Replaces a database with a backup, and keeps the replaced one beside it. No process may be using the database.
 * @throws Error that explains to the operator what is wrong, for example that the backup needs another key; nothing is replaced then
 */
export function restore(
  file: string,
  databaseFile: string,
  { keyFile, resetSecrets: reset = false, now = new Date() }: Options,
): Restored {
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`)
  const summary = checkDatabase(file)
  if (!reset) requireKey(file, summary, keyFile)
  mkdirSync(dirname(databaseFile), { recursive: true, mode: 0o700 })
  const draft = `${databaseFile}.restoring`
  rmSync(draft, { force: true })
  closeSync(openSync(draft, 'wx', 0o600))
  copyFileSync(file, draft)
  // The copy has the backup's mode, which may be read-only or readable by other users.
  chmodSync(draft, 0o600)
  if (reset && summary.keyId !== null) resetSecrets(draft, openKeyFile(keyFile, null))
  sync(draft)
  const replacedFile = keepReplaced(databaseFile, now)
  publish(draft, databaseFile, true)
  return { summary, replacedFile }
}

/** Backups of earlier versions have their secrets in plain text. The next start encrypts them. */
function requireKey(file: string, { keyId }: DatabaseSummary, keyFile: string): void {
  if (keyId === null) return
  try {
    openKeyFile(keyFile, keyId)
  } catch (error) {
    throw new Error(
      `${file} can't be restored with this key. ${(error as Error).message} Nothing was replaced.`,
    )
  }
}

/** Renames the database with its write-ahead log. SQLite would apply a log that is left behind to the restored database. */
function keepReplaced(databaseFile: string, now: Date): string | null {
  if (!existsSync(databaseFile)) return null
  if (isInUse(databaseFile)) {
    throw new Error(`${databaseFile} is in use by another process. Stop Fairlead first.`)
  }
  const kept = `${databaseFile}.replaced-${now.toISOString().replaceAll(/[:.]/g, '-')}`
  for (const part of filesOf(databaseFile)) {
    renameSync(part, kept + part.slice(databaseFile.length))
  }
  return kept
}
