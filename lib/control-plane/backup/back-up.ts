import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { databaseProblem } from '../store/database-problem.ts'
import { type Contents, checkDatabase } from './check-database.ts'
import { filesOf, publish, sync } from './files.ts'

/** In one step, so that it is one state of the database and writers can't make it begin again. */
const ALL_PAGES = 2 ** 31 - 1

/**
 * Copies a database, whether or not a control plane is writing to it, to one file that holds everything
 * acknowledged until now, for its owner only. It is checked and on the disk before it has its name.
 * @throws Error in words.
 */
export async function backUp(
  databaseFile: string,
  file: string,
  { force }: { force: boolean },
): Promise<Contents> {
  if (!existsSync(databaseFile)) {
    throw new Error(`There is no database ${databaseFile}. Set FAIRLEAD_DATA_DIR as at the start.`)
  }
  if (!force && existsSync(file)) throw taken(file)
  const draft = `${file}.draft-${randomUUID()}`
  try {
    closeSync(openSync(draft, 'wx', 0o600))
    await copy(databaseFile, draft)
    const contents = checkDatabase(draft)
    sync(draft)
    publish(draft, file, force)
    return contents
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken(file) : inWords(error, file)
  } finally {
    for (const left of filesOf(draft)) rmSync(left)
  }
}

function openSource(databaseFile: string): DatabaseSync {
  try {
    return new DatabaseSync(databaseFile, { readOnly: true })
  } catch (error) {
    throw databaseProblem(error, databaseFile)
  }
}

async function copy(databaseFile: string, draft: string): Promise<void> {
  const source = openSource(databaseFile)
  try {
    source.exec('PRAGMA busy_timeout = 5000')
    await backup(source, draft, { rate: ALL_PAGES })
  } finally {
    source.close()
  }
  // The copy says that it has a write-ahead log. Without one it is whole by itself.
  const copied = new DatabaseSync(draft)
  copied.exec('PRAGMA journal_mode = DELETE')
  copied.close()
}

const taken = (file: string) =>
  new Error(`${file} exists already. Name another file, or replace it with --force.`)

function inWords(error: unknown, file: string): Error {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new Error(`The directory of ${file} does not exist.`)
  if (code === 'ENOSPC' || /disk is full/.test(message)) {
    return new Error(`The disk of ${file} is full. Nothing was written.`)
  }
  return error as Error
}
