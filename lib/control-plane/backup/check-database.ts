import { DatabaseSync } from 'node:sqlite'
import { executedMigrations, refuseNewerSchema } from '../store/schema-version.ts'

/** What a database holds, for people to see that it is the one they mean. */
export type Contents = {
  lbs: number
  changes: number
  lastChangeAt: string | null
  /** The id of the key that has encrypted its secrets; null where they are in plain text, as earlier versions had them. */
  keyId: string | null
}

/**
 * Reads a database through and makes sure that it is whole, Fairlead's, and not newer than this program.
 * @throws Error in words.
 */
export function checkDatabase(file: string): Contents {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const result = database.prepare('PRAGMA integrity_check').all()
    const faults = result.map((row) => String(row.integrity_check)).filter((one) => one !== 'ok')
    if (faults.length > 0) throw new Error(`${file} is damaged: ${faults[0]}.`)
    if (executedMigrations(database).length === 0) {
      throw new Error(`${file} is a database, but not one of Fairlead's.`)
    }
    refuseNewerSchema(database, file)
    return contentsOf(database)
  } catch (error) {
    throw inWords(error as NodeJS.ErrnoException, file)
  } finally {
    database.close()
  }
}

function contentsOf(database: DatabaseSync): Contents {
  const { lbs } = database.prepare('select count(*) as lbs from lbs').get() as { lbs: number }
  const lastLine = 'select at from changes order by id desc limit 1'
  const last = database
    .prepare(`select count(*) as count, (${lastLine}) as at from changes`)
    .get() as { count: number; at: string | null }
  const keyId = database.prepare("select value from settings where key = 'secrets_key_id'").get()
  return {
    lbs,
    changes: last.count,
    lastChangeAt: last.at,
    keyId: keyId ? String(keyId.value) : null,
  }
}

/** SQLite's own errors are not for people: a file that is not its own, and one with a damaged page. */
function inWords(error: NodeJS.ErrnoException, file: string): Error {
  if (error.code !== 'ERR_SQLITE_ERROR') return error
  if (/not a database/.test(error.message)) return new Error(`${file} is not a database.`)
  return new Error(`${file} can't be read: ${error.message}.`)
}

export function contentsInWords({ lbs, changes, lastChangeAt }: Contents): string {
  const balancers = lbs === 1 ? '1 load balancer' : `${lbs} load balancers`
  const last = lastChangeAt ? `, the last change is of ${lastChangeAt}` : ''
  return `${balancers} and ${changes} lines of history${last}`
}
