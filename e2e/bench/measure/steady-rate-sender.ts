import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'

/** The sending thread's task, and the memory that it shares with the reading thread. */
export type Pace = {
  fds: number[]
  perSecond: number
  seconds: number
  /** 1 for each connection that waits for its response. */
  busy: Int32Array
  /** When its request was due, microseconds of the system's monotonic clock. */
  dueAt: Float64Array
}

// Sends requests when they are due, directly to the descriptors: the thread sleeps in between, so it can't wait for events.
// A request that is sent late, because the connections or the machine are busy, still counts from the time at which it was due.

const REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: bench\r\n\r\n')
/** How long to wait for an idle connection. */
const BUSY_MS = 0.05

const { fds, perSecond, seconds, busy, dueAt } = workerData as Pace
const microseconds = () => Number(process.hrtime.bigint()) / 1000
const never = new Int32Array(new SharedArrayBuffer(4))
const sleep = (ms: number) => Atomics.wait(never, 0, 0, ms)

let last = 0
function freeConnection(): number {
  for (;;) {
    for (let tried = 0; tried < fds.length; tried += 1) {
      last = (last + 1) % fds.length
      if (Atomics.load(busy, last) === 0) return last
    }
    sleep(BUSY_MS)
  }
}

const start = microseconds()
for (let request = 0; request < perSecond * seconds; request += 1) {
  const due = start + (request * 1_000_000) / perSecond
  const early = due - microseconds()
  if (early > 0) sleep(early / 1000)
  const connection = freeConnection()
  dueAt[connection] = due
  Atomics.store(busy, connection, 1)
  writeSync(fds[connection] ?? -1, REQUEST)
}
while (busy.some((_, connection) => Atomics.load(busy, connection) === 1)) sleep(1)
