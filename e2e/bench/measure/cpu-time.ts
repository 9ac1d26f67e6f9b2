import { readdirSync, readFileSync } from 'node:fs'

/**
 * CPU time that processes have used, user and system, all their threads: microseconds, counted by the scheduler in
 * nanoseconds (first field of /proc/PID/task/TID/schedstat).
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
