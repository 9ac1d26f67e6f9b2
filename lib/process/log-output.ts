import { writeSync } from 'node:fs'
import { RotatingLog } from './rotating-log.ts'

const { FAIRLEAD_LOG_FILE: file } = process.env

/**
 * Where a process writes its log: the file that the supervisor names, or else its standard output. Where the disk is full that
 * costs lines. The logger's own output tries again without end, and the process does nothing else.
 */
export const LOG_OUTPUT: { write(text: string): void } = file
  ? new RotatingLog(file)
  : {
      write(text: string): void {
        try {
          writeSync(1, text)
        } catch {
          // There is nowhere left to say so.
        }
      },
    }

/** Has what a library writes to standard output or error go to the log, which rotates. `write` may leave text out. */
export function divertToLog(
  stream: NodeJS.WriteStream,
  write: (text: string) => void = (text) => LOG_OUTPUT.write(text),
): void {
  if (!file) return
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))
    // Told at once: nothing is on its way any more.
    const done = rest.find((one) => typeof one === 'function')
    if (done) (done as () => void)()
    return true
  }) as typeof stream.write
}
