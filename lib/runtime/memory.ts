import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { contain } from '#lib/process/faults.ts'
import { connectionsClosed } from './sockets/connection-writer.ts'

/** How often it is looked whether there is something to give back. Milliseconds. */
const INTERVAL_MS = 2000
/** So many closed connections leave some megabytes behind. */
const CLOSED_MIN = 2000
/** The share of the time that the process may have been busy: collecting makes everybody wait, for some 20 ms. */
const BUSY_MAX = 0.1

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

/**
 * Gives memory back to the system after many connections have closed, once it is quiet. The engine does that by itself
 * only when it needs memory again, so that a process would show its busiest hour for ever.
 */
export function giveBackMemory(): NodeJS.Timeout {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  let closedBefore = connectionsClosed()
  let closedAtCollection = closedBefore
  let usage = performance.eventLoopUtilization()
  const look = contain('memory', () => {
    const closed = connectionsClosed()
    const { utilization } = performance.eventLoopUtilization(usage)
    usage = performance.eventLoopUtilization()
    const wave = closed - closedBefore
    closedBefore = closed
    // Not while they are still closing.
    if (closed - closedAtCollection < CLOSED_MIN || wave > 0 || utilization > BUSY_MAX) return
    closedAtCollection = closed
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  })
  return setInterval(look, INTERVAL_MS)
}
