import type { Dialect, KyselyPlugin, Transaction } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Signal } from '../signal.ts'
import type { Tables } from '../tables.ts'
import type { LeaderConnection } from './leader-connection.ts'
import type { LockConnection } from './lock-connection.ts'
import type { PresenceConnection } from './presence-connection.ts'

/**
 * What the store needs from one kind of database. All other SQL works on every database, and `portable-sql.ts` has the expressions that
 * databases write differently. `testing/store-contract.ts` tests every implementation.
 */
export type StoreDialect = {
  /** The name of the database in messages to the operator, such as its file. */
  readonly name: string
  /** Connects to the database, compiles queries and runs them. */
  readonly kysely: Dialect
  /** Makes queries valid that only some databases understand. */
  readonly plugins: readonly KyselyPlugin[]
  /** Migrations that only this database has. They are executed in order with all others, by name. */
  readonly migrations: Record<string, Migration>
  /** Whether several processes can write at the same time. Then the database has a row log. */
  readonly isShared: boolean
  /** Opens a connection on which a process can become the leader of those that write to the database; null if it is the only one. */
  readonly openLeaderConnection: (() => Promise<LeaderConnection>) | null
  /** Opens a connection for locks against other processes that write to the database; null if there are none. */
  readonly openLockConnection: (() => Promise<LockConnection>) | null
  /** Opens a connection to say that a process uses the database; null if no other one can. */
  readonly openPresenceConnection: (() => Promise<PresenceConnection>) | null
  /**
   * Runs what opens the store: its migrations and what follows from them. Other processes that open the same database at the same time
   * wait, and statements may take any time.
   */
  whileOpening: <T>(open: () => Promise<T>) => Promise<T>
  /** The names of the migrations that the database has executed; empty if it is new. */
  executedMigrations: () => Promise<string[]>
  /** Reads a boolean from what the database stores. */
  readBoolean: (stored: unknown) => boolean
  /**
   * Takes the lock that every write transaction holds from its first statement to its end, and waits while another transaction
   * holds it. So IDs become visible in ascending order, which the change feed depends on.
   * @returns the newest sequence of the history and the audit log; empty if only this process writes
   */
  lockWriters: (writer: Transaction<Tables>) => Promise<string>
  /** Fills a folded column from its source column, in all rows. */
  refold: (writer: Transaction<Tables>, table: string, column: string) => Promise<void>
  /** Erases what is left in the database's files of rows that an earlier version of Fairlead deleted. */
  eraseFreePages: () => Promise<void>
  /** From now on, each commit that deletes or replaces a secret also erases the old one from the database's files. */
  eraseSecrets: () => Promise<void>
  /** Exchanges signals of commits with the other processes, from now until the returned function is called. */
  shareCommits: (commits: Signal) => () => Promise<void>
  /** Closes all connections, including those that no query has used. */
  close: () => Promise<void>
  /** Explains an error to the operator: the database, what is wrong and what to do. Returns other errors unchanged. */
  explain: (error: unknown) => Error
}
