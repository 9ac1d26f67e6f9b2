/** SQLite's result codes for a write that found no room, and for shared memory that found none. */
const FULL = 13
const NO_SHARED_MEMORY = 4874

/** Whether an error of the database says that the disk is full. Nothing of what was to be written is there then. */
export function isDiskFull(error: unknown): boolean {
  const { errcode } = (error ?? {}) as { errcode?: number }
  return errcode === FULL || errcode === NO_SHARED_MEMORY
}
