import { DatabaseProblem } from './database-problem.ts'
import { isSqliteDiskFull } from './dialect/sqlite/sqlite-errors.ts'

/** Whether a write failed because the database's disk is full. Nothing of its transaction is written. */
export function isDiskFull(error: unknown): boolean {
  return isSqliteDiskFull(error) || (error instanceof DatabaseProblem && error.kind === 'disk_full')
}

/** Whether a write failed because the database answers reads only. */
export function isReadOnly(error: unknown): boolean {
  if (isDiskFull(error)) return true
  return error instanceof DatabaseProblem && ['read_only', 'newer_schema'].includes(error.kind)
}

/** Whether a query failed because of the database's state, so that it may work later. */
export function isDatabaseProblem(error: unknown): boolean {
  return error instanceof DatabaseProblem || isDiskFull(error)
}
