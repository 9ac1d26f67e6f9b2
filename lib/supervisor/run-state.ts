import { readFileSync } from 'node:fs'

/**
 * The state of a process's main thread: `runnable` runs or waits for a CPU, `disk` waits for a disk, `sleeping` waits for an
 * event, `stopped` was stopped by a signal or a debugger, `gone` does not exist.
 */
export type ThreadState = 'runnable' | 'disk' | 'sleeping' | 'stopped' | 'gone'

/** A main thread's state and its total CPU time. */
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
 * Reads state and utime + stime from /proc/PID/task/PID/stat (proc(5)), the thread that runs JavaScript. schedstat, if the kernel
 * has it, is more exact.
 */
export function runStateOf(pid: number | undefined): RunState {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8')
    // The process name before the state is in parentheses and may contain any character.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = STATES[fields[0] ?? ''] ?? 'sleeping'
    const cpuMs = exactCpuMs(pid) ?? (Number(fields[11]) + Number(fields[12])) * TICK_MS
    return { state, cpuMs }
  } catch {
    return GONE
  }
}

/** schedstat's first field: CPU time in nanoseconds. */
function exactCpuMs(pid: number | undefined): number | null {
  try {
    const [ran] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
    return Number(ran) / 1e6
  } catch {
    return null
  }
}
