import { join } from 'node:path'
import { type FileLock, lockHolder, tryLock } from './file-lock.ts'

/**
 * Locks a data directory, so that two supervisors never share one. `wasAbandoned` means that the previous supervisor was killed:
 * its nodes may still be running.
 * @throws Error with a one-line message if another supervisor has the lock, or its file can't be written
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
