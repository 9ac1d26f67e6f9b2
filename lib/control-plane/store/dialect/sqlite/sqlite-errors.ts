import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileProblem } from '#lib/process/file-problem.ts'

/** Primary result codes, the lowest byte of extended ones: https://www.sqlite.org/rescode.html */
const CODES = {
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
}
/** SQLITE_IOERR_SHMSIZE: no space for the write-ahead log's index. */
const NO_SHARED_MEMORY = 4874

/** Whether a write failed because the disk is full. SQLite has rolled the transaction back. */
export function isSqliteDiskFull(error: unknown): boolean {
  const { errcode } = (error ?? {}) as { errcode?: number }
  return errcode === CODES.full || errcode === NO_SHARED_MEMORY
}

/** Whether another process has the database locked. */
export function isSqliteBusy(error: unknown): boolean {
  const { errcode = 0 } = (error ?? {}) as { errcode?: number }
  return (errcode & 0xff) === CODES.busy
}

/** Explains an error of SQLite's: the file, what is wrong, what to do. Returns other errors unchanged. */
export function explainSqliteError(error: unknown, file: string): Error {
  const { code, errcode = 0, message } = error as NodeJS.ErrnoException & { errcode?: number }
  if (code !== 'ERR_SQLITE_ERROR') return error as Error
  if (isSqliteDiskFull(error)) return new Error(fileProblem({ code: 'ENOSPC' }, file))
  switch (errcode & 0xff) {
    case CODES.notADatabase:
      return new Error(`${file} is not a database. Move it away, or restore a backup.`)
    case CODES.corrupt:
      return new Error(`${file} is damaged (${message}). Move it away, and restore a backup.`)
    case CODES.busy:
      return new Error(`${file} is in use by another process. Stop that process, then try again.`)
    case CODES.cantOpen:
    case CODES.readOnly:
    case CODES.ioError:
      return new Error(accessProblem(file) ?? `${file} can't be read or written: ${message}.`)
    default:
      return error as Error
  }
}

/** The file system's reason, which SQLite doesn't report. The directory counts too: it holds the write-ahead log. */
function accessProblem(file: string): string | null {
  for (const [path, flags] of [
    [file, 'r+'],
    [dirname(file), 'r'],
  ] as const) {
    try {
      closeSync(openSync(path, flags))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path !== file)
        return fileProblem(error, path)
    }
  }
  return null
}
