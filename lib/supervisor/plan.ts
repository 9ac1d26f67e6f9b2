/** What a supervisor runs until it ends. */
export type Runnable = {
  /** @throws Error in words if it can't start */
  start(): Promise<void>
  stop(): Promise<void>
  /** Called after an uncaught exception. */
  recover(): void
}

/** What a start of this data directory runs: an installation with a control plane, or the node of a joined host. */
export type Plan = {
  dataDir: string
  /**
   * Called once the data directory is locked.
   * @param waitMs for ports that an earlier start still has
   * @param end ends the process, for what finds out by itself that it must not go on
   * @throws Error in one line
   */
  prepare(waitMs: number, end: () => void): Promise<Runnable>
  /** Printed when it has started. */
  readyLine: string
}
