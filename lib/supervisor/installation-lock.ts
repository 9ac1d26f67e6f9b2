import { join } from 'node:path'
import { type FileLock, lockHolder, tryLock } from './file-lock.ts'

/**
 * Locks a data directory, so that two supervisors never share one. `wasAbandoned`: the former supervisor was killed, and its
 * nodes may still be running.
 * @throws Error with one line to print if another supervisor has it, or it can't be written.
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
