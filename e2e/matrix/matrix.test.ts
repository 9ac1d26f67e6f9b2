import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type RunningLb,
  runLb,
  TEST_ADDRESS,
  testBackend,
} from '#lib/testing/runtime/running-lb.ts'
import { REQUEST_CASES } from './cases.ts'
import { RESPONSE_CASES } from './response-cases.ts'
import { runRequestCase } from './run-request-case.ts'
import { runResponseCase } from './run-response-case.ts'
import { answeringServer, NotingServer } from './scripted-server.ts'

describe('requests', () => {
  const server = new NotingServer()
  let running: RunningLb

  beforeAll(async () => {
    running = runLb(testBackend(await server.start(TEST_ADDRESS)))
  })

  afterAll(() => {
    running.lb.retire()
    server.close()
  })

  const proxy = () => ({ host: TEST_ADDRESS, port: running.port })

  test.each(REQUEST_CASES)('$n $name', async (row) => {
    const result = await runRequestCase(row, proxy(), server, 65_536)
    expect(result.allowed ? '' : `${result.outcome}: ${result.details}`).toBe('')
  })

  // Byte by byte if there are few, in larger pieces if there are many.
  test.each(REQUEST_CASES)('$n $name, in pieces', async (row) => {
    const piece = row.bytes.length < 400 ? 1 : 997
    const result = await runRequestCase(row, proxy(), server, piece)
    expect(result.allowed ? '' : `${result.outcome}: ${result.details}`).toBe('')
  })
})

describe('responses', () => {
  test.each(RESPONSE_CASES)('$n $name', async (row) => {
    const answer = { bytes: row.answer, closes: row.closes === true }
    const server = await answeringServer(answer, TEST_ADDRESS)
    const { lb, port } = runLb(testBackend(server.port))
    const result = await runResponseCase(row, { host: TEST_ADDRESS, port }, server.connections)
    lb.retire()
    server.close()
    expect(result).toEqual({ allowed: true, details: '' })
  })
})
