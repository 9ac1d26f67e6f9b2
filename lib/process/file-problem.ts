import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

const { R_OK, W_OK, X_OK } = constants

/**
 * Says in one line why a file or directory can't be used (path, missing permission, owner) and what to do.
 * @param error the file system's error
 * @param path absolute
 */
export function fileProblem(error: unknown, path: string): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return permissionProblem(path)
    case 'ENOTDIR':
    case 'EEXIST':
      return `${existingPart(path)} is a file, and a directory is needed there. Move it away, or choose another path.`
    case 'EISDIR':
      return `${path} is a directory, and a file is needed there. Move it away, or choose another path.`
    case 'EROFS':
      return `${path} is on a read-only file system. Mount it read-write, or choose another path.`
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk of ${path} is full. Free some space, or choose another path.`
    case 'ENOENT':
      return missingProblem(path)
    default:
      return `${path} can't be used: ${message}.`
  }
}

/**
 * Runs a file system operation.
 * @param path absolute
 * @throws a file-system error with `fileProblem` as its message; other errors unchanged
 */
export function withFileProblem<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    // An error without a code already has its final message.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    throw new Error(fileProblem(error, path))
  }
}

/** An error's message for people: `fileProblem` for a file-system error, otherwise its own message. */
export function errorMessage(error: unknown): string {
  const { code, path } = error as NodeJS.ErrnoException
  if (code?.startsWith('E') && path?.startsWith('/')) return fileProblem(error, path)
  return error instanceof Error ? error.message : String(error)
}

/** Node reports ENOENT too when it can't create a directory on a read-only file system. */
function missingProblem(path: string): string {
  const existing = existingPart(path)
  try {
    accessSync(existing, W_OK | X_OK)
  } catch (error) {
    return fileProblem(error, path)
  }
  const [missing] = path.slice(existing === '/' ? 1 : existing.length + 1).split('/')
  return `${join(existing, missing ?? '')} is missing, or a link to a missing file. Create it, or choose another path than ${path}.`
}

/** Finds the part of the path that lacks a permission. */
function permissionProblem(path: string): string {
  const existing = existingPart(path)
  const user = `user ${process.geteuid?.()}`
  try {
    const { uid, mode } = statSync(existing)
    const owned = `it belongs to user ${uid} with mode 0${(mode & 0o7777).toString(8)}`
    const action = forbiddenAction(existing)
    return (
      `${existing} can't be ${action} by ${user}: ${owned}. Change its owner (chown ${process.geteuid?.()} ${existing}), ` +
      'start Fairlead as its owner, or choose another path.'
    )
  } catch {
    return `${existing} can't be used by ${user}. Ask its owner for permission, or choose another path.`
  }
}

/** The first action that this user may not do: a past participle for "can't be …". */
function forbiddenAction(existing: string): string {
  const isDirectory = statSync(existing).isDirectory()
  if (isDirectory && !may(existing, X_OK)) return 'entered'
  if (!may(existing, W_OK)) return 'written'
  return may(existing, R_OK) ? 'changed' : 'read'
}

function may(existing: string, mode: number): boolean {
  try {
    accessSync(existing, mode)
    return true
  } catch {
    return false
  }
}

/** The longest part of a path that exists and is visible to this user. */
function existingPart(path: string): string {
  let existing = path
  while (existing !== '/' && !existsSync(existing))
    existing = existing.slice(0, existing.lastIndexOf('/')) || '/'
  return existing
}
