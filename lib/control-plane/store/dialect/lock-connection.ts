/** Who holds a lock, as the database says. Another one of these for the same key means that the holder is alive, or another one. */
export type LockHolder = {
  key: string
  /** The database's connection that has the lock; null if it is free. */
  connection: number | null
  /** The name of the last process that recorded that it has the lock; null if it has released it. */
  holder: string | null
  heartbeats: number | null
}

/** A connection on which a process holds locks against other processes. They are free as soon as the connection ends. */
export type LockConnection = {
  /** Takes the locks of all keys, or of none. @returns whether it has them */
  attempt: (keys: readonly string[]) => Promise<boolean>
  holders: (keys: readonly string[]) => Promise<LockHolder[]>
  /** Ends the connection of a holder that has sent no heartbeat since `seen` was read, and with it its locks. */
  evict: (seen: LockHolder) => Promise<void>
  /** Counts a heartbeat for all that `holder` has recorded, as durably as any commit. @returns the keys */
  heartbeat: (holder: string) => Promise<string[]>
  /** Frees locks, and removes their records. */
  free: (holder: string, keys: readonly string[]) => Promise<void>
  /** Aborted when the connection has ended. */
  readonly ended: AbortSignal
  close: () => void
}
