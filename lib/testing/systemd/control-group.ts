import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How often a group is removed again whose processes are still ending. */
const TRIES = 2000
const PAUSE_MS = 1

/** A control group (version 2), in which everything that a machine runs can be ended at once. */
export class ControlGroup {
  readonly path: string

  /** @throws Error if none can be made here */
  constructor(name: string) {
    this.path = join(requireHierarchy(), name)
    mkdirSync(this.path, { recursive: true })
  }

  /** Kills every process in it, also those that start meanwhile. */
  kill(): void {
    writeFileSync(join(this.path, 'cgroup.kill'), '1')
  }

  /** Kills what is left in it, and removes it. Synchronous, so that it can be the last that a process does. */
  remove(): void {
    if (!existsSync(this.path)) return
    this.kill()
    for (let tries = TRIES; tries > 0; tries -= 1) {
      if (removeTree(this.path)) return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
    throw new Error(`${this.path} still has processes.`)
  }
}

/** Removes the groups of test processes that have ended without removing them. */
export function removeAbandonedControlGroups(): void {
  for (const name of readdirSync(requireHierarchy())) {
    const pid = /^fl(\d+)-/.exec(name)?.[1]
    if (pid && !existsSync(`/proc/${pid}`)) new ControlGroup(name).remove()
  }
}

/** Where the hierarchy of version 2 is mounted; null where only version 1 is. */
export function unifiedHierarchy(): string | null {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  const found = mounts.map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')
  return found?.[1] ?? null
}

function requireHierarchy(): string {
  const root = unifiedHierarchy()
  if (root === null) throw new Error('No control groups of version 2 are mounted.')
  return root
}

function removeTree(path: string): boolean {
  const names = readdirSync(path, { withFileTypes: true })
  const groups = names.filter((entry) => entry.isDirectory())
  const areRemoved = groups.every(({ name }) => removeTree(join(path, name)))
  if (!areRemoved) return false
  try {
    rmdirSync(path)
    return true
  } catch {
    return false
  }
}
