import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendPieces } from '#lib/testing/runtime/raw-client.ts'
import { pathBegin, testAcl } from '#lib/testing/runtime/rules.ts'
import {
  type RunningLb,
  runLb,
  TEST_ADDRESS,
  testBackend,
} from '#lib/testing/runtime/running-lb.ts'
import { get } from './case.ts'
import { REQUEST_CASES } from './cases.ts'
import { fuzzDenied } from './fuzzer.ts'
import { NotingServer } from './scripted-server.ts'

// A denied request must not reach a server, whatever bytes surround it.

const server = new NotingServer()
let port = 0

beforeAll(async () => {
  port = await server.start(TEST_ADDRESS)
})
afterAll(() => server.close())

const place = ({ port }: RunningLb) => ({ host: TEST_ADDRESS, port })

describe('everything is denied', () => {
  let running: RunningLb
  beforeAll(() => {
    running = runLb(testBackend(port), { acls: [testAcl({})] })
  })
  afterAll(() => running.lb.retire())

  test.each(REQUEST_CASES)('$n $name', async ({ bytes }) => {
    server.take()
    const all = bytes + get('Connection: close\r\n', '/end')
    const response = await sendPieces(place(running), all, bytes.length < 400 ? 7 : 997, true)
    expect(response.timedOut).toBe(false)
    expect(response.statuses.filter((status) => status < 400)).toEqual([])
    expect(server.take().received).toEqual([])
  })
})

test.each<[string, Parameters<typeof testAcl>[0], (target: string) => boolean]>([
  ['the last', pathBegin('/end'), (target) => target.startsWith('/end')],
  ['all but the last', { ...pathBegin('/end'), invert: true }, (target) => !/^\/+end/.test(target)],
])('mutated bytes with requests of which %s is denied', async (what, acls, isDenied) => {
  // A new server: a request of the previous test may still be in flight.
  const server = new NotingServer()
  const running = runLb(testBackend(await server.start(TEST_ADDRESS)), { acls: [testAcl(acls)] })
  const denied = ({ target }: { target: string }) => isDenied(target)
  const { tried, seed, failure } = await fuzzDenied(place(running), server, denied, {
    ms: 1500,
    seed: 2_026,
  })
  running.lb.retire()
  await server.close()
  process.stdout.write(`${tried} mutated requests, ${what} denied, seed ${seed}\n`)
  expect(failure).toBeNull()
  expect(tried).toBeGreaterThan(10)
})
