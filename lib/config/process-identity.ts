import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

/** Of 36 bits: as short as the path of a socket has to be, and no chance to meet by. */
const CHARACTERS = 6

/**
 * Names a running process beyond its number, which another process has after it, and at the same time in another
 * container: a digest of boot id, pid namespace, number and start time (`starttime` of proc(5), in clock ticks since
 * boot). Null where no such process runs here, where it has ended and nobody has asked how, and where /proc shows the
 * processes of another namespace.
 */
export function processIdentity(pid: number): string | null {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return null
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before it is in brackets and may have any character. Field 3 is the first after it.
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

/** Whether the process that was named runs still, and its number is not another's by now. */
export function isRunning(pid: number, identity: string): boolean {
  return processIdentity(pid) === identity
}
