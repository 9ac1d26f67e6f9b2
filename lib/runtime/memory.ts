import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { contain } from '#lib/process/faults.ts'
import { connectionsClosed } from './sockets/connection-writer.ts'

/** The interval of checks. Milliseconds. */
const INTERVAL_MS = 2000
/** Closed connections that leave some megabytes of garbage. */
const CLOSED_MIN = 2000
/** The highest event loop utilization at which it collects, because that blocks the loop for about 20 ms. */
const BUSY_MAX = 0.1

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

/**
 * Returns memory to the system after many connections have closed, once the process is idle. V8 does that only when it needs memory, so
 * that the process would keep the memory of its peak load.
 */
export function giveBackMemory(): NodeJS.Timeout {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  let closedBefore = connectionsClosed()
  let closedAtCollection = closedBefore
  let usage = performance.eventLoopUtilization()
  const check = contain('memory', () => {
    const closed = connectionsClosed()
    const { utilization } = performance.eventLoopUtilization(usage)
    usage = performance.eventLoopUtilization()
    const wave = closed - closedBefore
    closedBefore = closed
    // Not while connections are still closing.
    if (closed - closedAtCollection < CLOSED_MIN || wave > 0 || utilization > BUSY_MAX) return
    closedAtCollection = closed
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  })
  return setInterval(check, INTERVAL_MS)
}
