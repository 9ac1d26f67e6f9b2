import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

const { R_OK, W_OK, X_OK } = constants

/**
 * What keeps this process from a file or directory, and what to do, in one line for people: the path, the right that is
 * missing and whose it is.
 * @param error what the file system answered
 * @param path where to, an absolute path
 */
export function fileProblem(error: unknown, path: string): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return rightProblem(path)
    case 'ENOTDIR':
    case 'EEXIST':
      return `${wayTo(path)} is a file, and a directory is needed there. Move it away, or choose another place.`
    case 'EISDIR':
      return `${path} is a directory, and a file is needed there. Move it away, or choose another place.`
    case 'EROFS':
      return `${path} is on a file system that is read-only. Mount it to be written, or choose another place.`
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk of ${path} is full. Make room, or choose another place.`
    case 'ENOENT':
      return missingProblem(path)
    default:
      return `${path} can't be used: ${message}.`
  }
}

/** An error in words for people: of a file that can't be used, what `fileProblem` says; of another, its own. */
export function inPlainWords(error: unknown): string {
  const { code, path } = error as NodeJS.ErrnoException
  if (code?.startsWith('E') && path?.startsWith('/')) return fileProblem(error, path)
  return error instanceof Error ? error.message : String(error)
}

/** Node says of directories that it can't make on a read-only file system that the way is missing. */
function missingProblem(path: string): string {
  const place = wayTo(path)
  try {
    accessSync(place, W_OK | X_OK)
  } catch (error) {
    return fileProblem(error, path)
  }
  const [missing] = path.slice(place === '/' ? 1 : place.length + 1).split('/')
  return `${join(place, missing ?? '')} is missing, or a link to what is missing. Make it, or choose another place than ${path}.`
}

/** Which part of the way may not be passed, or that the file itself may not be read or written. */
function rightProblem(path: string): string {
  const place = wayTo(path)
  const user = `user ${process.geteuid?.()}`
  try {
    const { uid, mode } = statSync(place)
    const owned = `it belongs to user ${uid} with mode 0${(mode & 0o7777).toString(8)}`
    const right = missingRight(place)
    return (
      `${place} may not be ${right} by ${user}: ${owned}. Give it to the one who starts Fairlead ` +
      `(chown ${process.geteuid?.()} ${place}), start it as the one it belongs to, or choose another place.`
    )
  } catch {
    return `${place} may not be used by ${user}. Have its owner allow it, or choose another place.`
  }
}

function missingRight(place: string): string {
  const isDirectory = statSync(place).isDirectory()
  if (isDirectory && !may(place, X_OK)) return 'entered'
  if (!may(place, W_OK)) return 'written'
  return may(place, R_OK) ? 'changed' : 'read'
}

function may(place: string, right: number): boolean {
  try {
    accessSync(place, right)
    return true
  } catch {
    return false
  }
}

/** The nearest part of a path that can be seen to be there. */
function wayTo(path: string): string {
  let place = path
  while (place !== '/' && !existsSync(place)) place = place.slice(0, place.lastIndexOf('/')) || '/'
  return place
}
