import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { withFileProblem } from '#lib/process/file-problem.ts'

/** A lock that this process holds. */
export type FileLock = {
  /** The previous holder ended without releasing it. */
  wasAbandoned: boolean
  release(): void
}

/** References to the open databases: garbage collection would close them, and release their locks. */
const held = new Set<DatabaseSync>()

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html. */
const BUSY = 5

/**
 * Takes a lock that the kernel releases when the process ends, however it ends. It is SQLite's lock on `NAME.lock` (fcntl(2)),
 * which works between all processes of a machine, also in containers that share the directory, and is not inherited by
 * children. The file is never removed, as two processes could then hold locks of the same name. `NAME.pid` is for people only.
 * @param name a path without extension
 * @returns null if another process has it
 * @throws Error for people if the files can't be written
 */
export function tryLock(name: string): FileLock | null {
  const [lockFile, pidFile] = [`${name}.lock`, `${name}.pid`]
  // SQLite opens a file that it can't write read-only and locks nothing, so this checks that the file is writable. It comes first
  // because closing any descriptor of the file releases the lock.
  withFileProblem(lockFile, () => closeSync(openSync(lockFile, 'a', 0o600)))
  const database = lockWithSqlite(lockFile)
  if (!database) return null
  const wasAbandoned = lockHolder(name) !== null
  try {
    withFileProblem(pidFile, () => writeFileSync(pidFile, `${process.pid}\n`))
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

/** The PID, in its own PID namespace, of the process that has the lock or ended without releasing it. */
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
      `${file} can't be locked (${message}). Remove it if it is not Fairlead's. If its file system ` +
        'does not support locks, use a directory on another one.',
    )
  }
}
