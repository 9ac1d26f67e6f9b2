import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import type { Outcome } from './checker.ts'
import { redisChecker } from './checkers/redis.ts'
import { runCheck } from './run-check.ts'

const TIMEOUT = 40
const STALL = 3 * TIMEOUT

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Has this process stand still, as a machine that is too busy does. */
function stall(): void {
  const end = performance.now() + STALL
  while (performance.now() < end);
}

async function check(onAsked: (socket: Socket) => void): Promise<Outcome | null> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => onAsked(socket))
  })
  servers.push(server.listen(0, TEST_ADDRESS))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const target = { address: TEST_ADDRESS, port, timeout: TIMEOUT, proxyHeader: null, tls: null }
  return new Promise((resolve) => runCheck(redisChecker, target, resolve))
}

test('an answer that came while this process stood still counts', async () => {
  const outcome = await check((socket) => {
    stall()
    socket.write('+PONG\r\n')
  })
  expect(outcome).toEqual({ passed: true, words: 'Redis answered' })
})

test('the time that a standstill took is given back once', async () => {
  const begun = performance.now()
  const outcome = await check(stall)
  const took = performance.now() - begun
  expect(outcome).toEqual({ passed: false, words: 'timed out after 40 ms without an answer' })
  expect(took).toBeGreaterThanOrEqual(STALL + TIMEOUT - 1)
})
