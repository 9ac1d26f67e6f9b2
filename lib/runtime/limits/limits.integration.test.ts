import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { expect, test, vi } from 'vitest'
import type { DesiredConfig } from '#lib/protocol/desired-config.ts'
import { type RunningLb, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

vi.setConfig({ testTimeout: 30_000 })

const tcp = { protocol: 'tcp' } as const
const setLimits = ({ change }: RunningLb, limits: Partial<DesiredConfig['limits']>) =>
  change({ limits: { connections: null, bandwidth: null, ...limits } })
const refusedBy = ({ lb }: RunningLb) =>
  Object.values(lb.report().frontend_counters)[0]?.limit_refused
const url = ({ port }: RunningLb) => `http://${TEST_ADDRESS}:${port}/`

test('HTTP clients beyond the limit are told 503, and those within it notice nothing', async () => {
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
    const answer = once(socket, 'data')
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(String(await answer)).toContain('served')
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
  first.write('still there')
  expect(String((await once(first, 'data'))[0])).toBe('still there')
  expect(refusedBy(running)).toBe(1)
  first.end()
  await until(() => running.lb.sessions === 0)
  const third = await tcpClient(running.port)
  third.write('let in')
  expect(String((await once(third, 'data'))[0])).toBe('let in')
})

/** A server that sends without end, and takes what it gets. */
const endless = () =>
  tcpServer((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024, 1))) {}
    }
    socket.on('drain', more).on('data', () => {})
    more()
  })

/** What each of these gets in that time, after the first moments. Bytes a second. */
async function ratesOf(sockets: Socket[], seconds: number): Promise<number[]> {
  const counts = sockets.map(() => 0)
  sockets.forEach((socket, at) => {
    socket.on('data', (data) => {
      counts[at] = (counts[at] ?? 0) + data.length
    })
  })
  // What was saved up, and what fits into the kernel's buffers, is gone by then.
  await new Promise((resolve) => setTimeout(resolve, 700))
  const before = [...counts]
  const start = performance.now()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const elapsed = (performance.now() - start) / 1000
  return counts.map((count, at) => (count - (before[at] ?? 0)) / elapsed)
}

test('what all connections carry together is the limit, and each has its part', async () => {
  const running = startLb(await endless(), tcp)
  setLimits(running, { bandwidth: 32_000_000 })
  const sockets = await Promise.all(Array.from({ length: 4 }, () => tcpClient(running.port)))
  const [start, before] = [performance.now(), process.threadCpuUsage()]
  const rates = await ratesOf(sockets, 3)
  const { user, system } = process.threadCpuUsage(before)
  const busy = (user + system) / 1000 / (performance.now() - start)
  const total = rates.reduce((sum, rate) => sum + rate, 0)
  const share = (rate: number) => `${((100 * rate) / total).toFixed(0)} %`
  process.stdout.write(
    `limit 4.00 MB/s: ${(total / 1e6).toFixed(2)} MB/s, shares ${rates.map(share).join(', ')}, processor busy ${(busy * 100).toFixed(0)} %\n`,
  )
  expect(total).toBeLessThan(4e6 * 1.1)
  // A machine that stands still for a while loses what could have been sent meanwhile.
  expect(total).toBeGreaterThan(4e6 * 0.6)
  for (const rate of rates) {
    expect(rate).toBeGreaterThan(total / 8)
    expect(rate).toBeLessThan(total / 2)
  }
  expect(busy).toBeLessThan(0.8)
})

test('both directions count', async () => {
  const running = startLb(await endless(), tcp)
  setLimits(running, { bandwidth: 32_000_000 })
  const [down, up] = [await tcpClient(running.port), await tcpClient(running.port)]
  const more = () => {
    while (!up.destroyed && up.write(Buffer.alloc(64 * 1024))) {}
  }
  up.on('drain', more).pause()
  more()
  const sent = () => running.lb.report().counters
  const rate = ratesOf([down], 2)
  await new Promise((resolve) => setTimeout(resolve, 700))
  const before = sent()
  const start = performance.now()
  await rate
  const after = sent()
  const seconds = (performance.now() - start) / 1000
  const carried = (after.bytes_in - before.bytes_in + after.bytes_out - before.bytes_out) / seconds
  process.stdout.write(
    `limit 4.00 MB/s: ${((after.bytes_in - before.bytes_in) / seconds / 1e6).toFixed(2)} MB/s in, ${(carried / 1e6).toFixed(2)} MB/s in all\n`,
  )
  expect(carried).toBeLessThan(4e6 * 1.1)
  expect(carried).toBeGreaterThan(4e6 * 0.6)
  expect(after.bytes_in - before.bytes_in).toBeGreaterThan(0)
})

test('a limit that changes, and goes, loses nothing of what is in progress', async () => {
  const body = randomBytes(6_000_000)
  const { port } = await httpServer((_, response) => response.end(body))
  const running = startLb(port)
  setLimits(running, { bandwidth: 8_000_000 })
  const start = performance.now()
  const answers = Array.from({ length: 3 }, async () => {
    const bytes = Buffer.from(await (await fetch(url(running))).arrayBuffer())
    return createHash('sha256').update(bytes).digest('hex')
  })
  await until(() => running.lb.report().counters.bytes_out > 300_000)
  setLimits(running, { bandwidth: 16_000_000 })
  await until(() => running.lb.report().counters.bytes_out > 2_000_000)
  // Without any limit it takes tens of milliseconds.
  expect(performance.now() - start).toBeGreaterThan(400)
  setLimits(running, {})
  const freed = performance.now()
  expect(new Set(await Promise.all(answers))).toEqual(
    new Set([createHash('sha256').update(body).digest('hex')]),
  )
  process.stdout.write(
    `without a limit, the rest took ${(performance.now() - freed).toFixed(0)} ms\n`,
  )
  // At the limit it would have taken 8 s.
  expect(performance.now() - freed).toBeLessThan(5000)
})

test('one that leaves while it is held leaves nothing behind', async () => {
  const running = startLb(await endless(), tcp)
  setLimits(running, { bandwidth: 8_000_000 })
  const sockets = await Promise.all(Array.from({ length: 5 }, () => tcpClient(running.port)))
  await until(() => sockets.every((socket) => socket.bytesRead > 0))
  for (const socket of sockets) socket.destroy()
  await until(() => running.lb.sessions === 0)
  setLimits(running, {})
  const next = await tcpClient(running.port)
  await once(next, 'data')
})
