import { mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const LOG_MAX_BYTES = 10 * 1024 * 1024

/** Makes room for a log that a process is about to open: one over 10 MiB becomes `<path>.1`. Answers the path. */
export function rotateLog(path: string): string {
  mkdirSync(dirname(path), { recursive: true })
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > LOG_MAX_BYTES) renameSync(path, `${path}.1`)
  return path
}
