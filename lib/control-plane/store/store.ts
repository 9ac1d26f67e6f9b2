import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely, SqliteDialect, type Transaction } from 'kysely'
import { Migrator } from 'kysely/migration'
import { fileProblem } from '#lib/process/file-problem.ts'
import { Authority } from '../authority/authority.ts'
import { laterOf, timestamp } from '../clock.ts'
import { defaultKeyFile, openKeyFile } from '../secrets/key-file.ts'
import { KEY_BYTES, SecretBox } from '../secrets/secret-box.ts'
import { ColumnValues } from './column-values.ts'
import { databaseProblem } from './database-problem.ts'
import type { Erasure } from './erasure.ts'
import { FoldWrites } from './fold-writes.ts'
import { refold } from './refold.ts'
import { MIGRATIONS } from './schema-version.ts'
import { areFreePagesErased, noteFreePagesErased, readKeyId, sealSecrets } from './seal-secrets.ts'
import { openSqlite } from './sqlite-database.ts'
import type { Tables } from './tables.ts'

/** What only reads need. A transaction is one too. */
export type Reader = Pick<Kysely<Tables>, 'selectFrom'>
export type Writer = Transaction<Tables>

const provider = { getMigrations: async () => MIGRATIONS }

/** The product's state, durable. Services read through `reader` and write through `change` only. */
export class Store {
  readonly #db: Kysely<Tables>
  /** Encrypts the secrets that it holds. */
  readonly secrets: SecretBox
  /** The last sequence given to a line of history or audit, or to its place among the exported. */
  #sequence = ''

  private constructor(db: Kysely<Tables>, secrets: SecretBox) {
    this.#db = db
    this.secrets = secrets
  }

  /**
   * Opens the database file, making it and bringing its schema up to date where needed.
   * @param keyFile the key that encrypts its secrets; made if it is missing and there are none
   * @throws Error in words where a newer program has written it, it can't be read or written, or the key is missing or another
   */
  static async open(file: string, keyFile = defaultKeyFile(file)): Promise<Store> {
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    } catch (error) {
      throw new Error(fileProblem(error, dirname(file)))
    }
    try {
      return await Store.#open(file, keyFile)
    } catch (error) {
      throw databaseProblem(error, file)
    }
  }

  static async #open(file: string, keyFile: string): Promise<Store> {
    const database = openSqlite(file)
    const dialect = new SqliteDialect({ database })
    const db = new Kysely<Tables>({ dialect, plugins: [new FoldWrites(), new ColumnValues()] })
    try {
      const { error } = await new Migrator({ db, provider }).migrateToLatest()
      if (error) throw error
      await refold(db)
      const store = new Store(db, await secretsOf(db, file, keyFile))
      await store.#seal(database.erasure)
      store.#sequence = await lastSequence(db)
      return store
    } catch (error) {
      await db.destroy()
      throw error
    }
  }

  /** Secrets of earlier versions are in plain text, and in pages that are free. */
  async #seal(erasure: Erasure): Promise<void> {
    await this.transaction(Authority.system, (writer) => sealSecrets(writer, this.secrets))
    if (!(await areFreePagesErased(this.#db))) {
      erasure.eraseFreePages()
      await this.transaction(Authority.system, noteFreePagesErased)
    }
    erasure.watch()
  }

  /** The time and sequence for a new line of history or audit. */
  readonly stamp = (): { at: string; sequence: string } => {
    const at = timestamp()
    this.#sequence = laterOf(at, this.#sequence)
    return { at, sequence: this.#sequence }
  }

  get reader(): Reader {
    return this.#db
  }

  /**
   * The only way to write: a transaction, on somebody's authority, which is checked within it before `work` begins.
   * @throws ApiError 401, 403 or 412 where the authority has ended; then nothing is written
   */
  transaction<T>(authority: Authority, work: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(async (writer) => {
      await authority.check(writer)
      return work(writer)
    })
  }

  /** Reads that see one state of the database. */
  snapshot<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(work)
  }

  close(): Promise<void> {
    return this.#db.destroy()
  }
}

async function secretsOf(db: Kysely<Tables>, file: string, keyFile: string): Promise<SecretBox> {
  if (file === ':memory:') return new SecretBox(randomBytes(KEY_BYTES))
  return openKeyFile(keyFile, await readKeyId(db))
}

async function lastSequence(db: Kysely<Tables>): Promise<string> {
  const audit = await db
    .selectFrom('audit')
    .select(({ fn }) => [fn.max('sequence').as('sequence'), fn.max('feed_position').as('fed')])
    .executeTakeFirst()
  const changes = await db
    .selectFrom('changes')
    .select(({ fn }) => fn.max('sequence').as('sequence'))
    .executeTakeFirst()
  const last = [audit?.sequence ?? '', audit?.fed ?? '', changes?.sequence ?? '']
  return last.sort().at(-1) ?? ''
}
