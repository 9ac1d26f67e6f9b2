import { DatabaseSync } from 'node:sqlite'
import { refuseNewerSchema } from '../../schema-version.ts'
import { executedMigrations } from './sqlite-database.ts'

/** What a database holds, so that people can recognize it. */
export type DatabaseSummary = {
  lbs: number
  changes: number
  lastChangeAt: string | null
  /** The id of the key that its secrets are encrypted with; null if they are in plain text, as in earlier versions. */
  keyId: string | null
}

/**
 * Reads a whole database file, and checks that it is undamaged, Fairlead's, and not newer than this program.
 * @throws Error that explains to the operator what is wrong
 */
export function checkDatabase(file: string): DatabaseSummary {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const result = database.prepare('PRAGMA integrity_check').all()
    const faults = result.map((row) => String(row.integrity_check)).filter((one) => one !== 'ok')
    if (faults.length > 0) throw new Error(`${file} is damaged: ${faults[0]}.`)
    const executed = executedMigrations(database)
    if (executed.length === 0) throw new Error(`${file} is a database, but not one of Fairlead's.`)
    refuseNewerSchema(executed, file)
    return summaryOf(database)
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, file)
  } finally {
    database.close()
  }
}

function summaryOf(database: DatabaseSync): DatabaseSummary {
  const { lbs } = database.prepare('select count(*) as lbs from lbs').get() as { lbs: number }
  const lastChange = 'select at from changes order by id desc limit 1'
  const { count, at } = database
    .prepare(`select count(*) as count, (${lastChange}) as at from changes`)
    .get() as { count: number; at: string | null }
  const keyId = database.prepare("select value from settings where key = 'secrets_key_id'").get()
  return { lbs, changes: count, lastChangeAt: at, keyId: keyId ? String(keyId.value) : null }
}

/** Rewords SQLite's errors, also for a damaged page in an otherwise readable file. */
function explained(error: NodeJS.ErrnoException, file: string): Error {
  if (error.code !== 'ERR_SQLITE_ERROR') return error
  if (/not a database/.test(error.message)) return new Error(`${file} is not a database.`)
  return new Error(`${file} can't be read: ${error.message}.`)
}

/** "2 load balancers and 9 lines of history, the last change is of 2026-07-21T10:17:00Z". */
export function summaryText({ lbs, changes, lastChangeAt }: DatabaseSummary): string {
  const balancers = lbs === 1 ? '1 load balancer' : `${lbs} load balancers`
  const last = lastChangeAt ? `, the last change is of ${lastChangeAt}` : ''
  return `${balancers} and ${changes} lines of history${last}`
}
