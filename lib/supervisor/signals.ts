import { isatty } from 'node:tty'
import { contain } from '#lib/process/faults.ts'

/**
 * Calls `end` at Ctrl-C and SIGTERM, and at SIGHUP where this process talks to a terminal, which has gone then. Under
 * `nohup`, in a job without a terminal and under systemd SIGHUP is left alone. Whether it was to be ignored can't be asked:
 * Node gives every signal its default action before it runs anything. What `nohup` leaves no process is a terminal.
 */
export function endOnSignals(end: () => void): void {
  const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  const onSignal = contain('stop', end, () => process.exit(1))
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  if (hasTerminal) process.on('SIGHUP', onSignal)
  else process.on('SIGHUP', () => {})
}
