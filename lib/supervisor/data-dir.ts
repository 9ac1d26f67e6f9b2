import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileProblem } from '#lib/config/file-problem.ts'

const { R_OK, W_OK, X_OK } = constants

/** What Fairlead keeps in its data directory. Whatever else lies there is not its own, and left alone. */
const OWN_FILE = /^(fairlead\.db|traffic\.db|supervisor\.(pid|lock))/
const OWN_DIRECTORIES = ['nodes', 'logs', 'run']
/** What a file system of its own begins with. */
const OF_THE_SYSTEM = ['lost+found']

/** Rights of the group and of others. */
const FOREIGN_RIGHTS = 0o077
const FOREIGN_WRITING = 0o022
/** Only who owns a file may remove it, as in /tmp. */
const STICKY = 0o1000

/** `FAIRLEAD_DATA_DIR`, as an absolute path. */
export function dataDirOf(env: Readonly<Record<string, string | undefined>>): string {
  return resolve(env.FAIRLEAD_DATA_DIR || '.fairlead')
}

export function databaseFileOf(dataDir: string): string {
  return join(dataDir, 'fairlead.db')
}

/**
 * Makes the data directory where it is missing, and sees to it that this user, and no other, may read and write what
 * Fairlead keeps there: rights that others have are taken from them. A directory that holds other things too keeps its own
 * rights.
 * @returns what was corrected, in lines to print
 * @throws Error in one line where it can't be used: the path, the right that is missing, what to do
 */
export function secureDataDir(dataDir: string): string[] {
  const stats = openDataDir(dataDir)
  const names = inWords(dataDir, () => readdirSync(dataDir))
  const own = names.filter((name) => OWN_FILE.test(name) || OWN_DIRECTORIES.includes(name))
  const isShared =
    names.length > own.length + names.filter((name) => OF_THE_SYSTEM.includes(name)).length
  if (isShared && stats.mode & FOREIGN_WRITING && !(stats.mode & STICKY)) {
    throw new Error(
      `${dataDir} holds other files too, and other users may write there, so that they could put another database in ` +
        "Fairlead's place. Set FAIRLEAD_DATA_DIR to a directory of its own.",
    )
  }
  const open = own.flatMap((name) => openedUp(join(dataDir, name)))
  if (!isShared && stats.mode & FOREIGN_RIGHTS) open.unshift(dataDir)
  for (const path of open) inWords(path, () => takeRights(path))
  for (const name of own) inWords(join(dataDir, name), () => requireUsable(join(dataDir, name)))
  if (open.length === 0) return []
  return [`Other users could use ${inList(open)} of Fairlead's data. Now only this one can.`]
}

function openDataDir(dataDir: string): Stats {
  return inWords(dataDir, () => {
    makeDirectory(dataDir)
    const stats = statSync(dataDir)
    if (!(stats.mode & STICKY)) requireOwn(dataDir, stats)
    accessSync(dataDir, R_OK | W_OK | X_OK)
    return stats
  })
}

/**
 * Makes a directory and those on the way to it. Node's own way to do that never ends where a file system says of a
 * directory that can't be made there that it is missing, as /proc and autofs do.
 */
function makeDirectory(path: string): void {
  const parent = dirname(path)
  if (parent !== path && !lstatSync(parent, { throwIfNoEntry: false })) makeDirectory(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (statSync(path).isDirectory()) return
    throw error
  }
}

/** What another user owns, that user can read and replace; what root writes in a service's directory, the service can't. */
function requireOwn(path: string, { uid }: Stats): void {
  const user = process.geteuid?.()
  if (uid === user) return
  throw new Error(
    `${path} belongs to user ${uid}, and this is user ${user}. Run this as user ${uid}, give the data directory and all ` +
      `in it to user ${user} (chown -R ${user}), or set FAIRLEAD_DATA_DIR to another.`,
  )
}

/** What of a file, or a directory and all in it, others have rights to. Links are not followed. */
function openedUp(path: string): string[] {
  return inWords(path, () => {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    // A node that runs without a supervisor writes and renames meanwhile.
    if (!stats || stats.isSymbolicLink() || stats.isSocket()) return []
    requireOwn(path, stats)
    const inside = stats.isDirectory() ? readdirSync(path) : []
    const found = inside.flatMap((name) => openedUp(join(path, name)))
    return stats.mode & FOREIGN_RIGHTS ? [path, ...found] : found
  })
}

function takeRights(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats) chmodSync(path, stats.mode & 0o777 & ~FOREIGN_RIGHTS)
}

/** That what is a directory is one, what is a file is one, and both can be written. */
function requireUsable(path: string): void {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isDirectory = statSync(path).isDirectory()
  const code = OWN_DIRECTORIES.includes(name) ? 'ENOTDIR' : 'EISDIR'
  if (isDirectory !== OWN_DIRECTORIES.includes(name)) throw Object.assign(new Error(), { code })
  accessSync(path, isDirectory ? R_OK | W_OK | X_OK : R_OK | W_OK)
}

function inList([first = '', ...others]: string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`
}

function inWords<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    // What has no code is in words already.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    throw new Error(fileProblem(error, path))
  }
}
