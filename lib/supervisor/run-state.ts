import { readFileSync } from 'node:fs'

/**
 * What the main thread of a process does: it runs or waits for a processor (`runnable`), waits for a disk (`disk`), waits
 * for something to happen (`sleeping`), was stopped by a signal or a debugger (`stopped`), or is no more (`gone`).
 */
export type ThreadState = 'runnable' | 'disk' | 'sleeping' | 'stopped' | 'gone'

/** The state of a process's main thread, and how much processor time it has had so far, milliseconds. */
export type RunState = { state: ThreadState; cpuMs: number }

/** The kernel's unit of times in /proc: USER_HZ, 100 a second. */
const TICK_MS = 10
const STATES: Record<string, ThreadState> = {
  R: 'runnable',
  D: 'disk',
  T: 'stopped',
  t: 'stopped',
  Z: 'gone',
  X: 'gone',
}
const GONE: RunState = { state: 'gone', cpuMs: 0 }

/**
 * Reads /proc/PID/task/PID/stat (proc(5)), state and utime + stime; JavaScript runs on that thread alone. Where the kernel has
 * it, schedstat beside it is exact.
 */
export function runStateOf(pid: number | undefined): RunState {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8')
    // The name before it is in brackets and may have any character.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = STATES[fields[0] ?? ''] ?? 'sleeping'
    const cpuMs = exactCpuMs(pid) ?? (Number(fields[11]) + Number(fields[12])) * TICK_MS
    return { state, cpuMs }
  } catch {
    return GONE
  }
}

/** The first field is the time on a processor, in nanoseconds. */
function exactCpuMs(pid: number | undefined): number | null {
  try {
    const [ran] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
    return Number(ran) / 1e6
  } catch {
    return null
  }
}
