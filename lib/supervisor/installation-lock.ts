import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PROCESS_TITLE = 'fairlead supervisor'

export type Lock = {
  /** Gives the data directory back. */
  unlock(): void
  /** The supervisor that had it has ended without giving it back. */
  wasAbandoned: boolean
}

/**
 * Takes a data directory for this process, so that two supervisors never share one.
 * @throws Error with one line to print where another supervisor has it.
 */
export function lockDataDir(dataDir: string): Lock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, 'supervisor.pid')
  const unlock = () => rmSync(path, { force: true })
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: 'wx' })
    return { unlock, wasAbandoned: false }
  } catch {
    const pid = Number(readFileSync(path, 'utf8'))
    if (isSupervisor(pid)) {
      throw new Error(
        `Fairlead is already running with the data directory ${dataDir} (process ${pid}). ` +
          'Stop it first, or set FAIRLEAD_DATA_DIR to another directory.',
      )
    }
    writeFileSync(path, `${process.pid}\n`)
  }
  return { unlock, wasAbandoned: true }
}

/** Whether a process is a running supervisor, and not another that was given its number since. */
function isSupervisor(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(PROCESS_TITLE)
  } catch {
    return false
  }
}
