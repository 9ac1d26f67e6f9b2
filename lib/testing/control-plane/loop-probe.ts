import { createServer } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How often the probe samples. Milliseconds. */
const PERIOD_MS = 2

/** The measurements since the last request. Milliseconds. */
export type LoopFigures = {
  /** The most CPU time that the main thread used in one iteration of the event loop. */
  cpu: number
  /** The maximum delay of a timer, including delays by other processes and the disk. */
  late: number
}

// Preloaded into a process whose event loop is measured. Counts CPU time, which other processes don't affect.
const port = process.env.LOOP_PROBE_PORT
if (port !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const used = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  let last = used()
  let cpu = 0
  const sample = () => {
    const now = used()
    cpu = Math.max(cpu, now - last)
    last = now
  }
  setInterval(sample, PERIOD_MS).unref()
  const server = createServer((request, response) => {
    sample()
    const figures = request.url === '/reference' ? reference(used) : { cpu, late: delay.max / 1e6 }
    response.end(JSON.stringify(figures))
    delay.reset()
    last = used()
    cpu = 0
  })
  server.listen(Number(port), '127.0.0.1').unref()
}

/** The CPU time of a fixed piece of work like a request's: JSON read and written. The median of several. Milliseconds. */
function reference(used: () => number): { cpu: number } {
  const text = JSON.stringify(
    Array.from({ length: 20_000 }, (_, at) => ({ id: `rule-${at}`, address: '10.0.0.1', at })),
  )
  const times = Array.from({ length: 9 }, () => {
    const began = used()
    JSON.stringify(JSON.parse(text))
    return used() - began
  })
  return { cpu: times.sort((a, b) => a - b)[4] ?? 0 }
}
