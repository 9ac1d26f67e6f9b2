import { isatty } from 'node:tty'
import { contain } from '#lib/process/faults.ts'

/**
 * Calls `end` on SIGINT and SIGTERM, and on SIGHUP if this process has a terminal, whose closing SIGHUP announces. Without one (`nohup`,
 * systemd, background jobs) SIGHUP is ignored. A process can't see whether it inherited SIGHUP as ignored, as Node resets every
 * signal's action at its start; but `nohup` leaves it no terminal.
 */
export function endOnSignals(end: () => void): void {
  const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  const onSignal = contain('stop', end, () => process.exit(1))
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  if (hasTerminal) process.on('SIGHUP', onSignal)
  else process.on('SIGHUP', () => {})
}
