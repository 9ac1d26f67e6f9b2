import { writeSync } from 'node:fs'
import { RotatingLog } from './rotating-log.ts'

const { FAIRLEAD_LOG_FILE: file } = process.env

/**
 * A process's log output: the file in `FAIRLEAD_LOG_FILE`, or standard output. A full disk loses lines. pino's own output would
 * retry forever and block the process.
 */
export const LOG_OUTPUT: { write(text: string): void } = file
  ? new RotatingLog(file)
  : {
      write(text: string): void {
        try {
          writeSync(1, text)
        } catch {
          // There is nowhere left to report it.
        }
      },
    }

/** Diverts what libraries write to standard output or error to the rotating log. `write` may filter it. */
export function divertToLog(
  stream: NodeJS.WriteStream,
  write: (text: string) => void = (text) => LOG_OUTPUT.write(text),
): void {
  if (!file) return
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))
    // The write is synchronous, so it is complete.
    const done = rest.find((one) => typeof one === 'function')
    if (done) (done as () => void)()
    return true
  }) as typeof stream.write
}
