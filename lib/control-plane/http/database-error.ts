import { ApiError, overloaded } from '../errors.ts'
import { DatabaseProblem, type DatabaseProblemKind } from '../store/database-problem.ts'
import { isDiskFull } from '../store/disk-full.ts'

const RETRY_SECONDS = 1

/** For users: they may not know the database. The log has its name and the reason. */
const WORDS: Record<Exclude<DatabaseProblemKind, 'disk_full'>, string> = {
  read_only: 'The database is read-only, so nothing was changed.',
  unreachable: "The control plane can't reach its database, so nothing was read or changed.",
  busy: 'The database has no free connection, so nothing was read or changed.',
  slow: 'The database did not answer in time, so nothing was changed.',
  newer_schema:
    'A newer version of Fairlead has migrated the database, so this control plane can no longer change anything. Update it.',
}

const UNKNOWN_OUTCOME =
  'The connection to the database ended while the change was being saved. It may have been made: check before you try again.'

/** The response for an error of the database's state; null for other errors. Nodes keep working with what they have. */
export function databaseError(error: unknown): ApiError | null {
  if (isDiskFull(error)) return diskFull(error)
  if (!(error instanceof DatabaseProblem) || error.kind === 'disk_full') return null
  const what = error.isOutcomeUnknown ? UNKNOWN_OUTCOME : WORDS[error.kind]
  const message = `${what} Traffic is not affected. The log of the control plane says why.`
  return overloaded(message, RETRY_SECONDS)
}

/** Writes fail; reads and nodes keep working. */
function diskFull(error: unknown): ApiError {
  const [disk, place] =
    error instanceof DatabaseProblem
      ? ['database', 'on its machine']
      : ['control plane', 'in the data directory']
  const message =
    `The disk of the ${disk} is full, so nothing was changed. Traffic is not affected. Free space ${place} and ` +
    'try again.'
  return new ApiError(507, { help_message: message, message, type: 'disk_full' })
}
