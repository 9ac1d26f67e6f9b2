/** A connection on which a process says that it uses the database. It is gone as soon as the connection ends. */
export type PresenceConnection = {
  /** Says that this process uses the database, alone or with others. @returns false while others contradict */
  attempt: (mode: 'alone' | 'shared') => Promise<boolean>
  /** The machines of the other processes that have said so, for people: `lb-1 (10.0.0.1)`. */
  others: () => Promise<string[]>
  /** Aborted when the connection has ended. */
  readonly ended: AbortSignal
  close: () => void
}
