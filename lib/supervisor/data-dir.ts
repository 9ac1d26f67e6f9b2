import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  type Stats,
  statSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { withFileProblem } from '#lib/process/file-problem.ts'

const { R_OK, W_OK, X_OK } = constants

/** Fairlead's own files in its data directory. Others are left alone. */
const OWN_FILE =
  /^(fairlead\.db|joined-node\.json(\.draft)?|traffic\.db|secrets\.key|supervisor\.(pid|lock)|installation-id$)/
const OWN_DIRECTORIES = ['nodes', 'logs', 'run']
/** Files that an empty file system has. */
const OF_THE_SYSTEM = ['lost+found']

/** Permissions of the group and of others. */
const FOREIGN_RIGHTS = 0o077
const FOREIGN_WRITING = 0o022
/** Only its owner may remove a file, as in /tmp. */
const STICKY = 0o1000

/** `FAIRLEAD_DATA_DIR`, as an absolute path. */
export function dataDirOf(env: Readonly<Record<string, string | undefined>>): string {
  return resolve(env.FAIRLEAD_DATA_DIR || '.fairlead')
}

export function databaseFileOf(dataDir: string): string {
  return join(dataDir, 'fairlead.db')
}

/** The file that says which node this host has joined as. */
export function joinedNodeFile(dataDir: string): string {
  return join(dataDir, 'joined-node.json')
}

export function hasJoined(dataDir: string): boolean {
  return existsSync(joinedNodeFile(dataDir))
}

/**
 * Creates the data directory if it is missing, checks that this user can use it, and removes other users' permissions on it and
 * on Fairlead's files. A directory that also holds other files keeps its mode.
 * @returns the corrections, as lines to print
 * @throws Error with a one-line message if it can't be used: the path, the missing permission, what to do
 */
export function secureDataDir(dataDir: string): string[] {
  const stats = openDataDir(dataDir)
  const names = withFileProblem(dataDir, () => readdirSync(dataDir))
  const own = names.filter((name) => OWN_FILE.test(name) || OWN_DIRECTORIES.includes(name))
  const isShared =
    names.length > own.length + names.filter((name) => OF_THE_SYSTEM.includes(name)).length
  if (isShared && stats.mode & FOREIGN_WRITING && !(stats.mode & STICKY)) {
    throw new Error(
      `${dataDir} also holds other files, and other users can write to it, so they could replace Fairlead's database. ` +
        'Set FAIRLEAD_DATA_DIR to a directory of its own.',
    )
  }
  const open = own.flatMap((name) => openedUp(join(dataDir, name)))
  if (!isShared && stats.mode & FOREIGN_RIGHTS) open.unshift(dataDir)
  for (const path of open) withFileProblem(path, () => takeRights(path))
  for (const path of own.map((name) => join(dataDir, name))) {
    withFileProblem(path, () => requireUsable(path))
  }
  if (open.length === 0) return []
  return [
    `Removed other users' permissions on ${inList(open)}. Only this user can access Fairlead's data.`,
  ]
}

function openDataDir(dataDir: string): Stats {
  return withFileProblem(dataDir, () => {
    makeDirectory(dataDir)
    const stats = statSync(dataDir)
    if (!(stats.mode & STICKY)) requireOwn(dataDir, stats)
    accessSync(dataDir, R_OK | W_OK | X_OK)
    return stats
  })
}

/**
 * Creates a directory and its parents. Node's recursive mkdir never returns on file systems that answer ENOENT for a directory
 * that can't be created, such as /proc and autofs.
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

/** An owner can always read and replace a file; and a service can't write what root has created in its directory. */
function requireOwn(path: string, { uid }: Stats): void {
  const user = process.geteuid?.()
  if (uid === user) return
  throw new Error(
    `${path} belongs to user ${uid}, and this is user ${user}. Run this as user ${uid}, change the owner of the ` +
      `data directory and everything in it (chown -R ${user}), or set FAIRLEAD_DATA_DIR to another directory.`,
  )
}

/** The paths, in a file or directory, on which other users have permissions. Links are not followed. */
function openedUp(path: string): string[] {
  return withFileProblem(path, () => {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    // A node that runs without a supervisor may rename files at the same time.
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

/** Checks that one of Fairlead's files has the expected type and can be read and written. */
function requireUsable(path: string): void {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isDirectory = statSync(path).isDirectory()
  const code = OWN_DIRECTORIES.includes(name) ? 'ENOTDIR' : 'EISDIR'
  if (isDirectory !== OWN_DIRECTORIES.includes(name)) throw Object.assign(new Error(), { code })
  if (name === 'secrets.key') accessSync(path, R_OK)
  else accessSync(path, isDirectory ? R_OK | W_OK | X_OK : R_OK | W_OK)
}

function inList([first = '', ...others]: string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`
}
