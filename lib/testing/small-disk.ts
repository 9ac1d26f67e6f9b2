import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of a few megabytes. */
export type SmallDisk = {
  path: string
  /** Fills it completely. */
  fill(): void
  /** Frees space. */
  free(): void
  remove(): void
}

/** Why none can be mounted here; null if it can. */
export function whyNoSmallDisk(): string | null {
  try {
    mountSmallDisk(1).remove()
    return null
  } catch {
    return 'file systems may not be mounted here'
  }
}

/** Mounts one. @throws Error without the permission: it needs root, and a container may lack the capability */
export function mountSmallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'fairlead-disk-'))
  const filler = join(path, 'filler')
  try {
    const options = `size=${megabytes}m,mode=0700`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' })
  } catch (error) {
    rmdirSync(path)
    throw error
  }
  return {
    path,
    fill: () => fill(filler),
    free: () => rmSync(filler),
    remove() {
      // Lazily, because a process that is ending may still have a file open.
      execFileSync('umount', ['--lazy', path], { stdio: 'pipe' })
      rmdirSync(path)
    },
  }
}

function fill(file: string): void {
  const handle = openSync(file, 'a')
  try {
    for (const size of [1 << 16, 1 << 12, 1]) {
      try {
        while (writeSync(handle, Buffer.alloc(size)) === size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
  } finally {
    closeSync(handle)
  }
}
