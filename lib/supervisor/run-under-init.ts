import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

const SHELL = '/bin/sh'
const INIT = join(import.meta.dirname, 'init.sh')

/**
 * As process 1, as in a container, becomes `init.sh` and runs this program under it: the kernel makes process 1 the parent
 * of every process whose own has gone, and Node would never take note of their end. Without a shell it goes on as it is.
 */
export function runUnderInit(): void {
  if (process.pid !== 1 || !process.execve || !hasShell()) return
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  process.execve(SHELL, ['sh', INIT, ...command], process.env)
}

function hasShell(): boolean {
  try {
    accessSync(SHELL, constants.X_OK)
    return true
  } catch {
    return false
  }
}
