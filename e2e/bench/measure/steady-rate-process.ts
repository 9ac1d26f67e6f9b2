import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Sample } from './sample.ts'
import type { SteadyRate } from './steady-rate.ts'
import type { Pace } from './steady-rate-sender.ts'

// Reads the responses to the sender thread's requests. Prints its sample as JSON.

const CONNECTIONS = 64
/** The warm-up is not counted: this process needs one too. */
const START_MS = 500
/** The end of the small response. */
const END = Buffer.from('x\n')

const rate = JSON.parse(process.argv[2] ?? '') as SteadyRate

function fdOf(socket: Socket): number {
  return (socket as unknown as { _handle: { fd: number } })._handle.fd
}

const sockets = await Promise.all(
  Array.from({ length: CONNECTIONS }, async () => {
    const socket = connect(rate.port, rate.address)
    await once(socket, 'connect')
    return socket.setNoDelay()
  }),
)
const pace: Pace = {
  fds: sockets.map(fdOf),
  perSecond: rate.perSecond,
  seconds: rate.seconds + START_MS / 1000,
  busy: new Int32Array(new SharedArrayBuffer(4 * CONNECTIONS)),
  dueAt: new Float64Array(new SharedArrayBuffer(8 * CONNECTIONS)),
}
const microseconds = () => Number(process.hrtime.bigint()) / 1000
const countFrom = microseconds() + START_MS * 1000
const times: number[] = []

for (const [index, socket] of sockets.entries()) {
  socket.on('data', (bytes) => {
    if (!bytes.subarray(-END.length).equals(END)) return
    const dueAt = pace.dueAt[index] ?? 0
    if (dueAt >= countFrom) times.push(microseconds() - dueAt)
    Atomics.store(pace.busy, index, 0)
  })
  socket.on('close', () => {
    throw new Error('a connection was closed')
  })
}

const sender = new Worker(join(import.meta.dirname, 'steady-rate-sender.ts'), { workerData: pace })
await once(sender, 'exit')
times.sort((a, b) => a - b)
const milliseconds = (share: number) => (times[Math.floor(times.length * share)] ?? 0) / 1000
const sample: Sample = {
  units: times.length,
  seconds: rate.seconds,
  p50: milliseconds(0.5),
  p99: milliseconds(0.99),
}
process.stdout.write(JSON.stringify(sample), () => process.exit())
