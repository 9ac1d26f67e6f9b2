import { isSqliteDiskFull } from './dialect/sqlite/sqlite-errors.ts'

/** Whether a write failed because the database's disk is full. Nothing of its transaction is written. */
export function isDiskFull(error: unknown): boolean {
  return isSqliteDiskFull(error)
}
