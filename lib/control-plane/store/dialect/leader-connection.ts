/** What an attempt to take the leader's lock has found. */
export type Attempt = {
  isTaken: boolean
  /** Whether the last leader has resigned, or there was none yet. */
  isVacant: boolean
  /** How often leaders have renewed. It stays the same while the leader hangs. */
  renewals: number
}

/** A connection on which a process becomes and stays the leader. The lock is free as soon as the connection ends. */
export type LeaderConnection = {
  /** Takes the lock if it is free, and this process can write. */
  attempt: () => Promise<Attempt>
  /** Ends the connection of a leader that has not renewed since `renewals` was read, and with it its lock. */
  depose: (renewals: number) => Promise<void>
  /** Renews, by whoever has the lock. */
  renew: () => Promise<void>
  /** Renews for the leader of a term. @returns whether it is still that term, and this process can write */
  renewTerm: (holder: string) => Promise<boolean>
  /** Leaves the lock to others, who don't need to wait. */
  resign: (holder: string) => Promise<void>
  /** Aborted when the connection has ended. */
  readonly ended: AbortSignal
  close: () => void
}
