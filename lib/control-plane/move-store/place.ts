import type { StoredTables } from '../store/dialect/stored-tables.ts'
import type { StoreMove } from '../store/store-move.ts'

/** A database that a store can be in, of either kind. No control plane may be using it during a move. */
export type Place = {
  /** The database in messages to the operator. */
  readonly name: string
  /** What it has to do with an earlier move; null if it has nothing to do with one, or doesn't exist. */
  readMove: () => Promise<StoreMove | null>
  /** Opens it for its rows to be read. Nobody else can write to it then. @throws Error that explains what to do */
  openSource: () => Promise<Source>
  /**
   * Opens it with an empty table for each of the store's. It can't be used by a control plane from now on until `finish`.
   * @param move what it has to do with this move
   * @throws Error that explains what to do, for example that it holds an installation already
   */
  openTarget: (move: StoreMove) => Promise<Target>
  /** Makes a target that all rows have arrived in usable, or a source that the store has left usable again. */
  release: () => Promise<void>
  close: () => Promise<void>
}

export type Source = {
  tables: StoredTables
  /** Durably marks it as the database that the store has left. */
  leave: (move: StoreMove) => Promise<void>
  close: () => Promise<void>
}

export type Target = {
  tables: StoredTables
  /** Makes all rows durable at once. If the process ends before that, none are there. */
  publish: () => Promise<void>
  close: () => Promise<void>
}
