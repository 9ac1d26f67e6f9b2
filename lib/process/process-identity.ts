import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

/** 36 bits: short enough for the path of a socket, long enough to make collisions improbable. */
const CHARACTERS = 6

/**
 * Identifies a running process. Its PID alone is reused later, and used at the same time in other containers, so this is a
 * hash of boot id, PID namespace, PID and start time (`starttime` of proc(5), in clock ticks since boot). Null if no such
 * process runs here, if it is a zombie, or if /proc shows another PID namespace.
 */
export function processIdentity(pid: number): string | null {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return null
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Field 2, the name, is in parentheses and may contain any character. Field 3 follows it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = '', startTime = ''] = [fields[0], fields[22 - 3]]
    if (state === 'Z' || state === 'X') return null
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const namespace = readlinkSync('/proc/self/ns/pid')
    const text = [bootId, namespace, pid, startTime].join(' ')
    return createHash('sha256').update(text).digest('base64url').slice(0, CHARACTERS)
  } catch {
    return null
  }
}

/** Whether that process still runs, and its PID has not been reused. */
export function isRunning(pid: number, identity: string): boolean {
  return processIdentity(pid) === identity
}
