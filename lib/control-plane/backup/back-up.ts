import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, rmSync } from 'node:fs'
import { checkDatabase, type DatabaseSummary } from '../store/dialect/sqlite/check-database.ts'
import { copyDatabase, filesOf, isCopyDiskFull } from '../store/dialect/sqlite/database-files.ts'
import { moveText } from '../store/store-move.ts'
import { publish, sync } from './files.ts'

/**
 * Copies a database to one file with all transactions acknowledged so far, even while a control plane writes to it. Only the file's
 * owner can read it. The copy is renamed to `file` after it is checked and synced to the disk.
 * @throws Error that explains to the operator what is wrong
 */
export async function backUp(
  databaseFile: string,
  file: string,
  { force }: { force: boolean },
): Promise<DatabaseSummary> {
  if (!existsSync(databaseFile)) {
    throw new Error(
      `There is no database ${databaseFile}. Set FAIRLEAD_DATA_DIR to the data directory.`,
    )
  }
  if (!force && existsSync(file)) throw alreadyExists(file)
  const draft = `${file}.draft-${randomUUID()}`
  try {
    closeSync(openSync(draft, 'wx', 0o600))
    await copyDatabase(databaseFile, draft)
    const summary = checkDatabase(draft)
    if (summary.move) throw new Error(moveText(summary.move, databaseFile))
    sync(draft)
    publish(draft, file, force)
    return summary
  } catch (error) {
    throw explained(error, file)
  } finally {
    for (const leftover of filesOf(draft)) rmSync(leftover)
  }
}

function explained(error: unknown, file: string): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') return alreadyExists(file)
  if (code === 'ENOENT') return new Error(`The directory of ${file} does not exist.`)
  if (isCopyDiskFull(error)) return new Error(`The disk of ${file} is full. Nothing was written.`)
  return error as Error
}

const alreadyExists = (file: string) =>
  new Error(`${file} exists already. Choose another file, or replace it with --force.`)
