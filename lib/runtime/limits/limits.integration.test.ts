import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { LagMeter } from '#lib/testing/lag-meter.ts'
import { type RunningLb, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

vi.setConfig({ testTimeout: 30_000 })

const tcp = { protocol: 'tcp' } as const
const setLimits = ({ change }: RunningLb, limits: Partial<DesiredConfig['limits']>) =>
  change({ limits: { connections: null, bandwidth: null, ...limits } })
const refusedBy = ({ lb }: RunningLb) =>
  Object.values(lb.report().frontend_counters)[0]?.limit_refused
const url = ({ port }: RunningLb) => `http://${TEST_ADDRESS}:${port}/`

test('HTTP clients beyond the limit get 503, and connections within it are unaffected', async () => {
  const { port } = await httpServer((_, response) => response.end('served'))
  const running = startLb(port)
  const kept = [await tcpClient(running.port), await tcpClient(running.port)]
  await until(() => running.lb.sessions === 2)
  setLimits(running, { connections: 1 })
  const refused = await fetch(url(running), { headers: { connection: 'close' } })
  expect(refused.status).toBe(503)
  expect(await refused.text()).toContain('as many connections as it may have')
  expect(refusedBy(running)).toBe(1)

  for (const socket of kept) {
    const response = once(socket, 'data')
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(String(await response)).toContain('served')
  }
  for (const socket of kept) socket.end()
  await until(() => running.lb.sessions === 0)
  expect((await fetch(url(running))).status).toBe(200)
  expect(running.lb.report().counters.connections_total).toBe(3)
})

test('TCP clients beyond the limit are reset', async () => {
  const port = await tcpServer((socket) => socket.pipe(socket))
  const running = startLb(port, tcp)
  setLimits(running, { connections: 1 })
  const first = await tcpClient(running.port)
  await until(() => running.lb.sessions === 1)
  const second = connect(running.port, TEST_ADDRESS)
  const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNRESET')
  first.write('still open')
  expect(String((await once(first, 'data'))[0])).toBe('still open')
  expect(refusedBy(running)).toBe(1)
  first.end()
  await until(() => running.lb.sessions === 0)
  const third = await tcpClient(running.port)
  third.write('admitted')
  expect(String((await once(third, 'data'))[0])).toBe('admitted')
})

/** A server that sends endlessly, and reads all that it receives. */
const endless = () =>
  tcpServer((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024, 1))) {}
    }
    socket.on('drain', more).on('data', () => {})
    more()
  })

/** The limit of 32 Mbit/s. Bytes per second. */
const RATE = 4e6
/** Tokens that are saved up at the start, and one read of each connection that exceeds them. Bytes. */
const burst = (connections: number) => 0.1 * RATE + connections * 128 * 1024

/**
 * Waits until an amount of data has been transferred.
 * @param transferred the bytes so far, from 0 on
 * @returns bytes per second: without the burst (upper bound), and without the time that this process was stalled (lower bound)
 */
async function measureRate(transferred: () => number, bytes: number, connections: number) {
  const lag = new LagMeter()
  onTestFinished(() => lag.stop())
  const start = performance.now()
  await until(() => transferred() >= bytes)
  const end = performance.now()
  const perSecond = (size: number, ms: number) => (1000 * size) / ms
  return {
    withoutBurst: perSecond(transferred() - burst(connections), end - start),
    withoutStalls: perSecond(transferred(), end - start - lag.within(start, end)),
  }
}

test('the limit applies to all connections together, and each gets its share', async () => {
  const running = startLb(await endless(), tcp)
  setLimits(running, { bandwidth: 8 * RATE })
  const counts = [0, 0, 0, 0]
  for (const index of counts.keys()) {
    const socket = await tcpClient(running.port)
    socket.on('data', ({ length }) => {
      counts[index] = (counts[index] ?? 0) + length
    })
  }
  const total = () => counts.reduce((sum, count) => sum + count, 0)
  const [start, before] = [performance.now(), process.threadCpuUsage()]
  const { withoutBurst, withoutStalls } = await measureRate(total, 3 * RATE, counts.length)
  const { user, system } = process.threadCpuUsage(before)
  const cpuShare = (user + system) / 1000 / (performance.now() - start)
  const shares = counts.map((count) => count / total())
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`
  process.stdout.write(
    `limit 4.00 MB/s: ${(withoutBurst / 1e6).toFixed(2)} MB/s, shares ${shares.map(percent).join(', ')}, CPU ${percent(cpuShare)}\n`,
  )
  expect(withoutBurst).toBeLessThan(RATE * 1.1)
  expect(withoutStalls).toBeGreaterThan(RATE * 0.6)
  for (const share of shares) {
    expect(share).toBeGreaterThan(1 / 8)
    expect(share).toBeLessThan(1 / 2)
  }
  expect(cpuShare).toBeLessThan(0.8)
})

test('both directions count', async () => {
  const running = startLb(await endless(), tcp)
  setLimits(running, { bandwidth: 8 * RATE })
  const [down, up] = [await tcpClient(running.port), await tcpClient(running.port)]
  down.resume()
  const more = () => {
    while (!up.destroyed && up.write(Buffer.alloc(64 * 1024))) {}
  }
  up.on('drain', more).pause()
  more()
  const counters = () => running.lb.report().counters
  const transferred = () => counters().bytes_in + counters().bytes_out
  const { withoutBurst, withoutStalls } = await measureRate(transferred, 2 * RATE, 2)
  const share = counters().bytes_in / transferred()
  process.stdout.write(
    `limit 4.00 MB/s: ${(withoutBurst / 1e6).toFixed(2)} MB/s, ${(100 * share).toFixed(0)} % of it from clients\n`,
  )
  expect(withoutBurst).toBeLessThan(RATE * 1.1)
  expect(withoutStalls).toBeGreaterThan(RATE * 0.6)
  expect(share).toBeGreaterThan(0)
})

test('changing and removing the limit loses no bytes of transfers in progress', async () => {
  const body = randomBytes(6_000_000)
  const { port } = await httpServer((_, response) => response.end(body))
  const running = startLb(port)
  setLimits(running, { bandwidth: 8_000_000 })
  const start = performance.now()
  const responses = Array.from({ length: 3 }, async () => {
    const bytes = Buffer.from(await (await fetch(url(running))).arrayBuffer())
    return createHash('sha256').update(bytes).digest('hex')
  })
  await until(() => running.lb.report().counters.bytes_out > 300_000)
  setLimits(running, { bandwidth: 16_000_000 })
  await until(() => running.lb.report().counters.bytes_out > 2_000_000)
  // Without any limit it takes tens of milliseconds.
  expect(performance.now() - start).toBeGreaterThan(400)
  setLimits(running, {})
  const removedAt = performance.now()
  expect(new Set(await Promise.all(responses))).toEqual(
    new Set([createHash('sha256').update(body).digest('hex')]),
  )
  process.stdout.write(
    `without a limit, the rest took ${(performance.now() - removedAt).toFixed(0)} ms\n`,
  )
  // At the limit it would have taken 8 s.
  expect(performance.now() - removedAt).toBeLessThan(5000)
})

test('a connection that closes while it is suspended does not block others', async () => {
  const running = startLb(await endless(), tcp)
  setLimits(running, { bandwidth: 8_000_000 })
  const sockets = await Promise.all(Array.from({ length: 5 }, () => tcpClient(running.port)))
  await until(() => sockets.every((socket) => socket.bytesRead > 0))
  for (const socket of sockets) socket.destroy()
  await until(() => running.lb.sessions === 0)
  setLimits(running, {})
  const next = await tcpClient(running.port)
  const [data] = await once(next, 'data')
  expect(data.length).toBeGreaterThan(0)
})
