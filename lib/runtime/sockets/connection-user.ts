/** The user of a connection, which gets its events. */
export interface ConnectionUser {
  /** Data arrived. The bytes are borrowed: they are valid during the call only, so a user that keeps them copies them (`keep`). */
  onData(bytes: Buffer): void
  /** The peer has ended its direction. It may still read. */
  onEnd(): void
  /** The kernel has taken all that was written. */
  onDrain(): void
  /** The connection is closed. Called once, never inside another call. `broken`: not ended in order by both sides. */
  onClose(broken: boolean): void
}
