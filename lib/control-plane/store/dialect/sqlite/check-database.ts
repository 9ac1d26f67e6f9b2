import { DatabaseSync } from 'node:sqlite'
import { MIGRATIONS, refuseNewerSchema } from '../../schema-version.ts'
import { parseStoreMove, STORE_MOVE, type StoreMove } from '../../store-move.ts'
import { executedMigrations } from './sqlite-database.ts'

/** A summary of a database, by which operators recognize it. */
export type DatabaseSummary = {
  lbs: number
  changes: number
  lastChangeAt: string | null
  /** The ID of the key that encrypts its secrets; null if they are in plain text, as in earlier versions. */
  keyId: string | null
  /** What it has to do with a move of the store to another database, or from it. */
  move: StoreMove | null
}

/**
 * Reads a whole database file. Checks that it is undamaged, belongs to Fairlead, and isn't newer than this program.
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
    refuseNewerSchema(executed, MIGRATIONS, file)
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
  const setting = database.prepare('select value from settings where key = ?')
  const [keyId, move] = [setting.get('secrets_key_id'), setting.get(STORE_MOVE)]
  return {
    lbs,
    changes: count,
    lastChangeAt: at,
    keyId: keyId ? String(keyId.value) : null,
    move: move ? parseStoreMove(String(move.value)) : null,
  }
}

/** Rewords SQLite's errors, also for a damaged page in an otherwise readable file. */
function explained(error: NodeJS.ErrnoException, file: string): Error {
  if (error.code !== 'ERR_SQLITE_ERROR') return error
  if (/not a database/.test(error.message)) return new Error(`${file} is not a database.`)
  return new Error(`${file} can't be read: ${error.message}.`)
}

/** "2 load balancers and 9 history entries, last changed at 2026-07-21T10:17:00Z". */
export function summaryText({ lbs, changes, lastChangeAt }: DatabaseSummary): string {
  const entries = changes === 1 ? '1 history entry' : `${changes} history entries`
  const balancers = lbs === 1 ? '1 load balancer' : `${lbs} load balancers`
  const last = lastChangeAt ? `, last changed at ${lastChangeAt}` : ''
  return `${balancers} and ${entries}${last}`
}
