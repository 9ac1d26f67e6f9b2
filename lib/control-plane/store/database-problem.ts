/** What keeps the database from doing its work, whichever database it is. */
export type DatabaseProblemKind =
  | 'disk_full'
  /** It serves reads only. */
  | 'read_only'
  /** No connection to it is possible, or it refuses this installation. */
  | 'unreachable'
  /** It has no connection left. */
  | 'busy'
  /** It did not answer in time. */
  | 'slow'
  /** A newer version of Fairlead has migrated it while this one runs. */
  | 'newer_schema'

type Details = {
  kind: DatabaseProblemKind
  /** Whether it is unknown if the transaction was committed: the connection ended during the commit. */
  isOutcomeUnknown?: boolean
  cause?: unknown
}

/** A query failed because of the database's state. Its transaction is rolled back, unless its outcome is unknown. */
export class DatabaseProblem extends Error {
  readonly kind: DatabaseProblemKind
  readonly isOutcomeUnknown: boolean

  /** @param message for the operator: the database, what is wrong and what to do, in one line without passwords */
  constructor(message: string, { kind, isOutcomeUnknown = false, cause }: Details) {
    super(message, { cause })
    this.name = 'DatabaseProblem'
    this.kind = kind
    this.isOutcomeUnknown = isOutcomeUnknown
  }
}
