import { readFileSync } from 'node:fs'

/**
 * What a process does: it runs, or waits for a processor or a disk (`busy`); or it is stopped or waits for something to
 * happen (`idle`), as one does that hangs.
 */
export type RunState = 'busy' | 'idle'

/** By the state in /proc/PID/stat (proc(5)): R for running, D for waiting on a disk. A process that is gone is idle. */
export function runStateOf(pid: number | undefined): RunState {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before it is in brackets and may have any character.
    const state = stat.slice(stat.lastIndexOf(')') + 2)[0]
    return state === 'R' || state === 'D' ? 'busy' : 'idle'
  } catch {
    return 'idle'
  }
}
