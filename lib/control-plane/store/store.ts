import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { Kysely } from 'kysely'
import { fileProblem } from '#lib/process/file-problem.ts'
import type { DatabaseAddress } from '#lib/protocol/settings/database-address.ts'
import { Authority } from '../authority/authority.ts'
import { laterOf, timestamp } from '../clock.ts'
import { defaultKeyFile, openKeyFile } from '../secrets/key-file.ts'
import { KEY_BYTES, SecretBox } from '../secrets/secret-box.ts'
import { ColumnValues } from './column-values.ts'
import type { LeaderConnection } from './dialect/leader-connection.ts'
import type { LockConnection } from './dialect/lock-connection.ts'
import type { Availability } from './dialect/postgres/primary-pool.ts'
import type { PresenceConnection } from './dialect/presence-connection.ts'
import { openSqlite } from './dialect/sqlite/sqlite-dialect.ts'
import type { StoreDialect } from './dialect/store-dialect.ts'
import { FoldWrites } from './fold-writes.ts'
import { refold } from './folded-columns.ts'
import type { Reader, Writer } from './reader.ts'
import { MIGRATIONS, migrate, refuseNewerSchema } from './schema-version.ts'
import {
  areFreePagesErased,
  readKeyId,
  recordFreePagesErased,
  sealSecrets,
} from './seal-secrets.ts'
import type { Signal } from './signal.ts'
import { refuseMovedStore } from './store-move.ts'
import type { Tables } from './tables.ts'

/**
 * Opens the key that encrypts the database's secrets.
 * @param keyId the ID of the key that encrypts the database's secrets; null if they are in plain text
 */
type OpenKey = (keyId: string | null) => SecretBox

/** The durable state. Services read through `reader`, and write through `change` only. */
export class Store {
  readonly #db: Kysely<Tables>
  readonly #dialect: StoreDialect
  /** Encrypts the secrets in the database. */
  readonly secrets: SecretBox
  /** The newest sequence in the history and the audit log, including positions in the audit's exports. */
  #sequence = ''

  private constructor(db: Kysely<Tables>, dialect: StoreDialect, secrets: SecretBox) {
    this.#db = db
    this.#dialect = dialect
    this.secrets = secrets
  }

  /**
   * Opens a database file, or creates it, and migrates its schema.
   * @param keyFile the key that encrypts its secrets; created if it is missing and the database has no secrets
   * @throws Error that explains to the operator what to do: a newer version of Fairlead has migrated it, it can't be read or
   *   written, or the key is missing or wrong
   */
  static async open(file: string, keyFile = defaultKeyFile(file)): Promise<Store> {
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    } catch (error) {
      throw new Error(fileProblem(error, dirname(file)))
    }
    const openKey: OpenKey = (keyId) =>
      file === ':memory:' ? new SecretBox(randomBytes(KEY_BYTES)) : openKeyFile(keyFile, keyId)
    return Store.openOn(openSqlite(file), openKey)
  }

  /**
   * Opens a PostgreSQL database and migrates its schema. Other processes can have it open too.
   * @param keyFile as in `open`; the same key for every process
   * @throws Error as `open` does
   */
  static async connect(
    address: DatabaseAddress,
    keyFile: string,
    availability: Availability,
  ): Promise<Store> {
    // Loaded here, because installations with a database file don't need it.
    const { openPostgres } = await import('./dialect/postgres/postgres-dialect.ts')
    return Store.openOn(openPostgres(address, availability), (keyId) => openKeyFile(keyFile, keyId))
  }

  /** Opens a store on a database that `dialect` connects to, and migrates its schema. @throws Error as `open` does */
  static async openOn(dialect: StoreDialect, openKey: OpenKey): Promise<Store> {
    const db = queryBuilder(dialect)
    try {
      return await dialect.whileOpening(async () => {
        const executed = await dialect.executedMigrations()
        if (executed.length > 0) await refuseMovedStore(db, dialect.name)
        refuseNewerSchema(executed, { ...MIGRATIONS, ...dialect.migrations }, dialect.name)
        await migrate(db, dialect.migrations, executed)
        await refold(db, dialect)
        const store = new Store(db, dialect, openKey(await readKeyId(db)))
        await store.#encryptSecrets()
        store.#sequence = await lastSequence(db)
        return store
      })
    } catch (error) {
      await db.destroy()
      await dialect.close()
      throw dialect.explain(error)
    }
  }

  /** Earlier versions stored secrets in plain text, and their files may still contain deleted ones. */
  async #encryptSecrets(): Promise<void> {
    await this.transaction(Authority.system, (writer) => sealSecrets(writer, this.secrets))
    if (!(await areFreePagesErased(this.#db))) {
      await this.#dialect.eraseFreePages()
      await this.transaction(Authority.system, recordFreePagesErased)
    }
    await this.#dialect.eraseSecrets()
  }

  /** The time and sequence of a new entry of the history or the audit log. In a transaction, the sequence is above those of all processes. */
  readonly stamp = (): { at: string; sequence: string } => {
    const at = timestamp()
    this.#sequence = laterOf(at, this.#sequence)
    return { at, sequence: this.#sequence }
  }

  get reader(): Reader {
    return this.#db
  }

  /**
   * The only way to write: a transaction with an authority, which it checks first. Write transactions run one after the other.
   * @throws ApiError 401, 403 or 412 if the authority was revoked or has expired; then nothing is written
   */
  transaction<T>(authority: Authority, work: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(async (writer) => {
      this.#sequence = newest(this.#sequence, await this.#dialect.lockWriters(writer))
      await authority.check(writer)
      return work(writer)
    })
  }

  /** Runs reads that all see the same state of the database. */
  snapshot<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#db.transaction().setIsolationLevel('repeatable read').execute(work)
  }

  /** Whether other processes can write to the database too. Then it has a row log. */
  get isShared(): boolean {
    return this.#dialect.isShared
  }

  /** Has commits of other processes notify `commits`, and the other way round, until the returned function is called. */
  shareCommits(commits: Signal): () => Promise<void> {
    return this.#dialect.shareCommits(commits)
  }

  /** As in `StoreDialect`. */
  get openLeaderConnection(): (() => Promise<LeaderConnection>) | null {
    return this.#dialect.openLeaderConnection
  }

  /** As in `StoreDialect`. */
  get openLockConnection(): (() => Promise<LockConnection>) | null {
    return this.#dialect.openLockConnection
  }

  /** As in `StoreDialect`. */
  get openPresenceConnection(): (() => Promise<PresenceConnection>) | null {
    return this.#dialect.openPresenceConnection
  }

  async close(): Promise<void> {
    await this.#db.destroy()
    await this.#dialect.close()
  }
}

/** Queries of a database, with columns read as in `Tables`. */
export function queryBuilder({ kysely, plugins, readBoolean }: StoreDialect): Kysely<Tables> {
  const columns = [new FoldWrites(), new ColumnValues(readBoolean)]
  return new Kysely<Tables>({ dialect: kysely, plugins: [...columns, ...plugins] })
}

const newest = (...sequences: string[]) => sequences.sort().at(-1) ?? ''

async function lastSequence(db: Kysely<Tables>): Promise<string> {
  const audit = await db
    .selectFrom('audit')
    .select(({ fn }) => [fn.max('sequence').as('sequence'), fn.max('feed_position').as('exported')])
    .executeTakeFirst()
  const changes = await db
    .selectFrom('changes')
    .select(({ fn }) => fn.max('sequence').as('sequence'))
    .executeTakeFirst()
  return newest(audit?.sequence ?? '', audit?.exported ?? '', changes?.sequence ?? '')
}
