import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

/** Has a file, or the names in a directory, survive a power cut. */
export function sync(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Gives a finished draft its name, as a whole. @throws Error EEXIST where that is taken, unless `replace` */
export function publish(draft: string, file: string, replace: boolean): void {
  if (replace) renameSync(draft, file)
  else {
    linkSync(draft, file)
    rmSync(draft)
  }
  sync(dirname(file))
}

/** A database's own name and those of its write-ahead log, where they are there. */
export function filesOf(database: string): string[] {
  return ['', '-wal', '-shm'].map((suffix) => database + suffix).filter((file) => existsSync(file))
}
