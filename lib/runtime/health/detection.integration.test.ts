import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import type { LbReport } from '#lib/protocol/report.ts'
import { LagMeter } from '#lib/testing/lag-meter.ts'
import { ownNetwork } from '#lib/testing/loopback.ts'
import { freePort, runLb, testBackend } from '#lib/testing/runtime/running-lb.ts'

// Measures the time from a server's failure, at a random moment between two checks, until it is marked down. Fewer consecutive
// failures than `retries` never mark a server down.

const CHECK = { delay: 1000, transient_delay: 200, timeout: 500, retries: 3 }
/** The worst case: the server fails right after a check, and each later check times out. */
const DETECTION_MAX_MS =
  CHECK.delay + CHECK.timeout + (CHECK.retries - 1) * (CHECK.transient_delay + CHECK.timeout)
/** Timers may be late. Milliseconds. */
const LATE_MAX = 50

const HANGING = 200
const CRASHING = 25
const FLAPPING = 25
const CYCLES = 2

const ignore = () => {}

/** Responds to checks until it fails; then it accepts connections and sends nothing. */
class CheckedServer {
  readonly address: string
  failedAt = Number.POSITIVE_INFINITY
  readonly #server = createServer((socket) => this.#accept(socket))
  readonly #sockets = new Set<Socket>()

  constructor(address: string) {
    this.address = address
  }

  async listen(port: number): Promise<void> {
    await once(this.#server.listen(port, this.address), 'listening')
  }

  fail(): void {
    this.failedAt = performance.now()
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  responds(): boolean {
    return performance.now() < this.failedAt
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', ignore).on('close', () => this.#sockets.delete(socket))
    socket.on('data', () => {
      if (this.responds()) socket.write('+PONG\r\n')
    })
  }
}

/** Closes its port when it fails. */
class CrashingServer extends CheckedServer {
  override fail(): void {
    super.fail()
    this.close()
  }
}

/** Repeats: one failure less than marks it down, then one response. */
class FlappingServer extends CheckedServer {
  cycles = 0
  #failures = 0

  override responds(): boolean {
    if (super.responds()) return true
    this.#failures += 1
    if (this.#failures < CHECK.retries) return false
    this.#failures = 0
    this.cycles += 1
    return true
  }
}

const network = ownNetwork()
let given = 0
const make = <T>(count: number, Kind: new (address: string) => T): T[] =>
  Array.from({ length: count }, () => new Kind(`${network}.${++given}`))

const hanging = make(HANGING, CheckedServer)
const crashing = make(CRASHING, CrashingServer)
const flapping = make(FLAPPING, FlappingServer)
const servers = [...hanging, ...crashing, ...flapping]
const lag = new LagMeter()
afterAll(() => {
  lag.stop()
  for (const server of servers) server.close()
})

type Observed = LbReport['servers'][number]

/** When a server's state changed, on the clock of `performance.now()`. */
const changedAt = ({ since }: Observed) => Date.parse(since) - performance.timeOrigin

const percentile = (sorted: number[], share: number) =>
  Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN)

const percentiles = (times: number[]) => {
  const sorted = times.toSorted((x, y) => x - y)
  const [half, most, all] = [0.5, 0.99, 1].map((share) => percentile(sorted, share))
  return `p50 ${half}, p99 ${most}, max ${all} ms`
}

test('failed servers are marked down in time, and flapping ones never', async () => {
  const port = await freePort()
  await Promise.all(servers.map((server) => server.listen(port)))
  const health_check = { ...testBackend(port).health_check, kind: { type: 'redis' as const } }
  const addresses = servers.map(({ address }) => address)
  const backend = testBackend(port, {
    servers: addresses,
    health_check: { ...health_check, ...CHECK },
  })
  const { lb } = runLb(backend)
  const observed = () => new Map(lb.report().servers.map((server) => [server.address, server]))
  const states = () => [...observed().values()].map(({ state }) => state)
  const slow = { timeout: 20_000, interval: 100 }
  const count = (state: string) => states().filter((one) => one === state).length
  await expect.poll(() => count('up'), slow).toBe(servers.length)
  const before = observed()

  for (const server of servers) setTimeout(() => server.fail(), Math.random() * CHECK.delay)
  const failing = [...hanging, ...crashing]
  await expect.poll(() => count('down'), slow).toBeGreaterThanOrEqual(failing.length)
  await expect.poll(() => Math.min(...flapping.map(({ cycles }) => cycles)), slow).toBe(CYCLES)
  const after = observed()
  lb.retire()

  const detections = failing.map(({ address, failedAt }) => {
    const downAt = changedAt(after.get(address) as Observed)
    const stalled = lag.within(failedAt, downAt)
    return {
      address,
      time: downAt - failedAt,
      late: downAt - failedAt - DETECTION_MAX_MS - stalled,
      stalled,
    }
  })
  const hung = detections.slice(0, HANGING)
  const figures = [
    `${HANGING} that hang: ${percentiles(hung.map(({ time }) => time))} of at most ${DETECTION_MAX_MS}`,
    `${CRASHING} that crash: ${percentiles(detections.slice(HANGING).map(({ time }) => time))}`,
    `timers late: ${percentiles(detections.map(({ stalled }) => stalled))}`,
    `${flapping.reduce((sum, { cycles }) => sum + cycles, 0)} times ${CHECK.retries - 1} failures`,
  ]
  process.stdout.write(`detection: ${figures.join('; ')}\n`)
  expect(detections.filter(({ late }) => late > LATE_MAX)).toEqual([])

  const sinceOf = (servers: Map<string, Observed>) =>
    flapping.map(({ address }) => `${address} ${servers.get(address)?.since}`)
  expect(sinceOf(after)).toEqual(sinceOf(before))
})
