import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import type { CheckResult } from './checker.ts'
import { redisChecker } from './checkers/redis.ts'
import { runCheck } from './run-check.ts'

const TIMEOUT = 40
const STALL = 3 * TIMEOUT

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Stalls the event loop, as a busy machine does. */
function stall(): void {
  const end = performance.now() + STALL
  while (performance.now() < end);
}

async function check(onRequest: (socket: Socket) => void): Promise<CheckResult | null> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => onRequest(socket))
  })
  servers.push(server.listen(0, TEST_ADDRESS))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const target = { address: TEST_ADDRESS, port, timeout: TIMEOUT, proxyHeader: null, tls: null }
  return new Promise((resolve) => runCheck(redisChecker, target, resolve))
}

test('a response that arrived while the event loop was stalled counts', async () => {
  const result = await check((socket) => {
    stall()
    socket.write('+PONG\r\n')
  })
  expect(result).toEqual({ passed: true, reason: 'Redis responded' })
})

test('a stall extends the timeout once', async () => {
  const start = performance.now()
  const result = await check(stall)
  const elapsedMs = performance.now() - start
  expect(result).toEqual({ passed: false, reason: 'timed out after 40 ms without a response' })
  expect(elapsedMs).toBeGreaterThanOrEqual(STALL + TIMEOUT - 1)
})
