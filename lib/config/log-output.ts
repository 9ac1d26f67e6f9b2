import { writeSync } from 'node:fs'

/**
 * Where a process writes its log: its standard output, which is a file below the data directory. Where the disk is full
 * that costs lines. The logger's own output tries again without end, and the process does nothing else.
 */
export const LOG_OUTPUT = {
  write(line: string): void {
    try {
      writeSync(1, line)
    } catch {
      // There is nowhere left to say so.
    }
  },
}
