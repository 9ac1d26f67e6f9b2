import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileProblem } from '#lib/config/file-problem.ts'
import { isDiskFull } from './disk-full.ts'

/** Primary result codes, https://www.sqlite.org/rescode.html; the extended ones have them in their lowest byte. */
const CODES = { busy: 5, readOnly: 8, ioError: 10, corrupt: 11, cantOpen: 14, notADatabase: 26 }

/**
 * An error of SQLite's in words for people: the file, what is wrong, what to do. Every other error, a full disk among them,
 * stays as it is.
 */
export function databaseProblem(error: unknown, file: string): Error {
  const { code, errcode = 0, message } = error as NodeJS.ErrnoException & { errcode?: number }
  if (code !== 'ERR_SQLITE_ERROR' || isDiskFull(error)) return error as Error
  switch (errcode & 0xff) {
    case CODES.notADatabase:
      return new Error(`${file} is not a database. Move it away, or restore a backup.`)
    case CODES.corrupt:
      return new Error(`${file} is damaged (${message}). Move it away, and restore a backup.`)
    case CODES.busy:
      return new Error(`${file} is in use by another process. End that, then try again.`)
    case CODES.cantOpen:
    case CODES.readOnly:
    case CODES.ioError:
      return new Error(accessProblem(file) ?? `${file} can't be read or written: ${message}.`)
    default:
      return error as Error
  }
}

/** What the system answers where SQLite says only that it could not. A database's directory has its other files. */
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
