import { readdirSync, readFileSync } from 'node:fs'

/**
 * The CPU time of processes, user and system, of all threads, in microseconds. The scheduler counts it in nanoseconds (first
 * field of /proc/PID/task/TID/schedstat).
 */
export function cpuMicroseconds(pids: number[]): number {
  let nanoseconds = 0
  for (const pid of pids) {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const schedstat = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
      nanoseconds += Number(schedstat.split(' ')[0])
    }
  }
  return nanoseconds / 1000
}
