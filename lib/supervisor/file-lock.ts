import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { fileProblem } from '#lib/config/file-problem.ts'

/** A lock that this process holds. */
export type FileLock = {
  /** Who had it before has ended without giving it back. */
  wasAbandoned: boolean
  /** Gives it back. */
  release(): void
}

/** One that is collected as garbage gives its lock back. */
const held = new Set<DatabaseSync>()

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html. */
const BUSY = 5

/**
 * Takes a lock that the system gives back when its process ends, however it ends; null where another process has it. It
 * is SQLite's own lock on `NAME.lock` (fcntl(2)), which holds between all processes of a machine, in containers that
 * share the directory too, and stays with none of the processes that its holder starts. The file stays: whoever removed
 * it would let two have a lock of that name. `NAME.pid` says for people who has it, and decides nothing.
 * @param name a path without its ending
 * @throws Error in words where the files can't be written
 */
export function tryLock(name: string): FileLock | null {
  const [lockFile, pidFile] = [`${name}.lock`, `${name}.pid`]
  // SQLite would open a file that it may not write for reading, and lock nothing. To close it again later on, in this
  // process, would give the lock back.
  inWords(lockFile, () => closeSync(openSync(lockFile, 'a', 0o600)))
  const database = lockWithSqlite(lockFile)
  if (!database) return null
  const wasAbandoned = lockHolder(name) !== null
  try {
    inWords(pidFile, () => writeFileSync(pidFile, `${process.pid}\n`))
  } catch (error) {
    database.close()
    throw error
  }
  held.add(database)
  return {
    wasAbandoned,
    release: () => {
      if (!held.delete(database)) return
      rmSync(pidFile, { force: true })
      database.close()
    },
  }
}

/** The number of the process that has a lock, in its own pid namespace, or had it and did not give it back. */
export function lockHolder(name: string): number | null {
  try {
    return Number(readFileSync(`${name}.pid`, 'utf8')) || null
  } catch {
    return null
  }
}

function lockWithSqlite(file: string): DatabaseSync | null {
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    const { errcode, message } = error as Error & { errcode?: number }
    if (errcode === BUSY) return null
    throw new Error(
      `${file} can't be locked (${message}). Remove it if it is not Fairlead's. Where its file system has no locks, ` +
        'use a directory on another one.',
    )
  }
}

function inWords<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw new Error(fileProblem(error, path))
  }
}
