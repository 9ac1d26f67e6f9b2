import { join } from 'node:path'
import { type FileLock, lockHolder, tryLock } from './file-lock.ts'

/**
 * Takes a data directory for this process, so that two supervisors never share one. `wasAbandoned` where the supervisor
 * that had it was killed: its nodes may be running still.
 * @throws Error with one line to print where another supervisor has it, or it can't be written.
 */
export function lockDataDir(dataDir: string): FileLock {
  const name = join(dataDir, 'supervisor')
  const lock = tryLock(name)
  if (lock) return lock
  const pid = lockHolder(name)
  throw new Error(
    `Fairlead is already running with the data directory ${dataDir}${pid === null ? '' : ` (process ${pid})`}. ` +
      'Stop it first, or set FAIRLEAD_DATA_DIR to another directory.',
  )
}
