import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import type { LbReport } from '#lib/protocol/report.ts'
import { LagMeter } from '#lib/testing/lag-meter.ts'
import { ownNetwork } from '#lib/testing/loopback.ts'
import { freePort, runLb, testBackend } from '#lib/testing/runtime/running-lb.ts'

// How long it takes until a server that fails is taken out, at whatever moment between two checks it fails, and that
// fewer failures in a row than it takes never do.

const CHECK = { delay: 1000, transient_delay: 200, timeout: 500, retries: 3 }
/** The server fails right after a check, and each one from then on takes all of its time. */
const AT_MOST =
  CHECK.delay + CHECK.timeout + (CHECK.retries - 1) * (CHECK.transient_delay + CHECK.timeout)
const ROOM = 50

const HANGING = 200
const CRASHING = 25
const FLAPPING = 25
const CYCLES = 2

const ignore = () => {}

/** Answers checks until it fails; then it accepts them and says nothing. */
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

  answers(): boolean {
    return performance.now() < this.failedAt
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', ignore).on('close', () => this.#sockets.delete(socket))
    socket.on('data', () => {
      if (this.answers()) socket.write('+PONG\r\n')
    })
  }
}

/** Is gone when it fails. */
class CrashingServer extends CheckedServer {
  override fail(): void {
    super.fail()
    this.close()
  }
}

/** Fails as often in a row as it may without being taken out, and answers once, again and again. */
class FlappingServer extends CheckedServer {
  cycles = 0
  #failures = 0

  override answers(): boolean {
    if (super.answers()) return true
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

const inFigures = (times: number[]) => {
  const sorted = times.toSorted((x, y) => x - y)
  const [half, most, all] = [0.5, 0.99, 1].map((share) => percentile(sorted, share))
  return `p50 ${half}, p99 ${most}, max ${all} ms`
}

test('servers that fail are down in time, and those that fail less never are', async () => {
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

  const took = failing.map(({ address, failedAt }) => {
    const downAt = changedAt(after.get(address) as Observed)
    const stalled = lag.within(failedAt, downAt)
    return {
      address,
      time: downAt - failedAt,
      late: downAt - failedAt - AT_MOST - stalled,
      stalled,
    }
  })
  const hung = took.slice(0, HANGING)
  const figures = [
    `${HANGING} that hang: ${inFigures(hung.map(({ time }) => time))} of at most ${AT_MOST}`,
    `${CRASHING} that crash: ${inFigures(took.slice(HANGING).map(({ time }) => time))}`,
    `timers late meanwhile: ${inFigures(took.map(({ stalled }) => stalled))}`,
    `${flapping.reduce((sum, { cycles }) => sum + cycles, 0)} times ${CHECK.retries - 1} failures`,
  ]
  process.stdout.write(`detection: ${figures.join('; ')}\n`)
  expect(took.filter(({ late }) => late > ROOM)).toEqual([])

  const sinceOf = (servers: Map<string, Observed>) =>
    flapping.map(({ address }) => `${address} ${servers.get(address)?.since}`)
  expect(sinceOf(after)).toEqual(sinceOf(before))
})
