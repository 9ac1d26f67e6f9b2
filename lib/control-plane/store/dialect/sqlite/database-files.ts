import { existsSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { waitForOthers } from './sqlite-database.ts'
import { explainSqliteError, isSqliteBusy, isSqliteDiskFull } from './sqlite-errors.ts'

/** Copies all pages in one step, because a write between two steps makes the copy start again. */
const ALL_PAGES = 2 ** 31 - 1

/** The existing files of a database: its own and those of its write-ahead log. */
export function filesOf(database: string): string[] {
  return ['', '-wal', '-shm'].map((suffix) => database + suffix).filter((file) => existsSync(file))
}

/**
 * Copies everything committed until now to one file, while other processes may be writing.
 * @param copy an empty file
 * @throws Error that explains to the operator why the database can't be read
 */
export async function copyDatabase(database: string, copy: string): Promise<void> {
  const source = openToRead(database)
  try {
    waitForOthers(source)
    await backup(source, copy, { rate: ALL_PAGES })
  } finally {
    source.close()
  }
  // The copy is in WAL mode like its source. Leaving that mode makes the one file complete.
  removeLog(copy)
}

function openToRead(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { readOnly: true })
  } catch (error) {
    throw explainSqliteError(error, file)
  }
}

/** Whether another process has the database open. A damaged database counts as unused. */
export function isInUse(file: string): boolean {
  try {
    // SQLite removes the log only if no other connection is open.
    removeLog(file)
    return false
  } catch (error) {
    return isSqliteBusy(error)
  }
}

function removeLog(file: string): void {
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA journal_mode = DELETE')
  } finally {
    database.close()
  }
}

/** Whether `copyDatabase` failed because the copy's disk is full. */
export function isCopyDiskFull(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ENOSPC' || isSqliteDiskFull(error) || /disk is full/.test(message)
}
