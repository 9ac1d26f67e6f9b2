import { isatty } from 'node:tty'

/**
 * Calls `end` at Ctrl-C and SIGTERM, and at SIGHUP where this process talks to a terminal, which has gone then. Under
 * `nohup`, in a job without a terminal and under systemd SIGHUP is left alone. Whether it was to be ignored can't be asked:
 * Node gives every signal its default action before it runs anything. What `nohup` leaves no process is a terminal.
 */
export function endOnSignals(end: () => void): void {
  const hasTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  process.on('SIGHUP', hasTerminal ? end : () => {})
}
