import { closeSync, copyFileSync, existsSync, linkSync, openSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { publish, sync } from '../../../backup/files.ts'
import type { Place, Source, Target } from '../../../move-store/place.ts'
import { migrate } from '../../schema-version.ts'
import { Store } from '../../store.ts'
import { parseStoreMove, STORE_MOVE, type StoreMove } from '../../store-move.ts'
import type { Tables } from '../../tables.ts'
import { checkDatabase } from './check-database.ts'
import { filesOf, isInUse } from './database-files.ts'
import { executedMigrations, setUpConnection } from './sqlite-database.ts'
import { openSqlite } from './sqlite-dialect.ts'
import { explainSqliteError } from './sqlite-errors.ts'
import { sqliteTables } from './sqlite-tables.ts'

/**
 * A database file. The data directory must be locked.
 * @throws Error that explains to the operator what to do if a process is using it
 */
export function sqlitePlace(file: string, keyFile: string): Place {
  if (existsSync(file) && isInUse(file)) {
    throw new Error(`${file} is in use by another process. Stop Fairlead first.`)
  }
  return {
    name: file,
    readMove: async () => (existsSync(file) ? using(file, readMove) : null),
    openSource: async () => {
      if (!existsSync(file)) {
        throw new Error(
          `There is no database ${file}. Set FAIRLEAD_DATA_DIR to the data directory.`,
        )
      }
      // Migrates it, and checks the key.
      await (await Store.open(file, keyFile)).close()
      return openSource(file)
    },
    openTarget: (move) => openTarget(file, move),
    release: async () => using(file, (database) => setMove(database, null)),
    close: async () => {},
  }
}

function using<T>(file: string, work: (database: DatabaseSync) => T): T {
  try {
    using database = new DatabaseSync(file)
    setUpConnection(database, { synchronous: 'FULL' })
    return work(database)
  } catch (error) {
    throw explainSqliteError(error, file)
  }
}

function readMove(database: DatabaseSync): StoreMove | null {
  if (executedMigrations(database).length === 0) return null
  const row = database.prepare('select value from settings where key = ?').get(STORE_MOVE)
  return row ? parseStoreMove(String(row.value)) : null
}

function setMove(database: DatabaseSync, move: StoreMove | null): void {
  database.prepare('delete from settings where key = ?').run(STORE_MOVE)
  if (!move) return
  const insert = database.prepare('insert into settings (key, value) values (?, ?)')
  insert.run(STORE_MOVE, JSON.stringify(move))
}

/** Nobody else can write to the file from now on. */
function openSource(file: string): Source {
  const database = new DatabaseSync(file)
  setUpConnection(database, { synchronous: 'FULL' })
  database.exec('begin immediate')
  return {
    tables: sqliteTables(database),
    leave: async (move) => {
      setMove(database, move)
      database.exec('commit')
    },
    close: async () => database.close(),
  }
}

/** All rows arrive in a draft, which then replaces the file. */
async function openTarget(file: string, move: StoreMove): Promise<Target> {
  const found = existsSync(file) ? using(file, readMove) : null
  if (existsSync(file) && !found) {
    throw new Error(`There is an installation in ${file} already. Move this file away first.`)
  }
  const draft = `${file}.moving`
  removeFiles(draft)
  closeSync(openSync(draft, 'wx', 0o600))
  await createTables(draft)
  const database = new DatabaseSync(draft)
  // Nothing is lost if the machine fails: the move then starts over.
  database.exec('pragma journal_mode = delete; pragma synchronous = off')
  database.exec('pragma foreign_keys = on; begin immediate')
  return {
    tables: sqliteTables(database),
    publish: async () => {
      setMove(database, move)
      database.exec('commit')
      database.close()
      checkDatabase(draft)
      sync(draft)
      if (found?.state === 'left')
        keep(file, `${file}.replaced-${move.at.replaceAll(/[:.]/g, '-')}`)
      publish(draft, file, true)
    },
    close: async () => {
      if (database.isOpen) database.close()
      removeFiles(draft)
    },
  }
}

async function createTables(file: string): Promise<void> {
  const dialect = openSqlite(file)
  const db = new Kysely<Tables>({ dialect: dialect.kysely })
  try {
    await migrate(db, dialect.migrations)
  } finally {
    await db.destroy()
    await dialect.close()
  }
}

/** Keeps the replaced file under another name, without a moment in which there is no file of the first name. */
function keep(file: string, kept: string): void {
  if (existsSync(kept)) return
  try {
    linkSync(file, kept)
  } catch {
    // The file system has no hard links.
    copyFileSync(file, kept)
  }
}

function removeFiles(database: string): void {
  for (const file of [...filesOf(database), `${database}-journal`]) rmSync(file, { force: true })
}
