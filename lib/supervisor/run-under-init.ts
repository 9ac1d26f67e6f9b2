import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

const SHELL = '/bin/sh'
const INIT = join(import.meta.dirname, 'init.sh')

/**
 * As process 1 of a container, replaces itself with `init.sh`, which runs this program. The kernel makes process 1 the parent of
 * orphans, and Node would never reap them. Without a shell, the program runs as process 1.
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
