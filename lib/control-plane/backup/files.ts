import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

/** Syncs a file or the entries of a directory to the disk, so that they survive a power cut. */
export function sync(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Renames a complete draft to `file`, atomically and durably. @throws Error EEXIST if the file exists, unless `replace` */
export function publish(draft: string, file: string, replace: boolean): void {
  if (replace) renameSync(draft, file)
  else {
    linkSync(draft, file)
    rmSync(draft)
  }
  sync(dirname(file))
}
