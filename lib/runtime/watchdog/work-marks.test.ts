import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import {
  applyTo,
  lbWith,
  runLb,
  testBackend,
  testConfig,
  testFrontend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { httpServer, tcpClient } from '#lib/testing/runtime/sockets.ts'
import type { AccessLogs } from '../access-log/access-logs.ts'
import {
  currentMark,
  currentWork,
  NO_MARK,
  nameMark,
  newMark,
  workOfException,
  workUnder,
} from './work-marks.ts'

test('work runs under its load balancer’s mark, and without one before and after', () => {
  const [outer, inner] = [newMark(), newMark()]
  nameMark(inner, { lb_id: 'x', generation: 3 })
  workUnder(outer, () => {
    expect(currentWork()).toBeNull()
    workUnder(inner, () => expect(currentWork()).toEqual({ lb_id: 'x', generation: 3 }))
    expect(currentMark()).toBe(outer)
  })
  expect(currentMark()).toBe(NO_MARK)
})

test('an exception has the innermost mark that it was thrown under', () => {
  const [outer, inner] = [newMark(), newMark()]
  nameMark(outer, { lb_id: 'x', generation: 3 })
  nameMark(inner, { lb_id: 'y', generation: 4 })
  const fault = new Error('a fault')
  const throwing = () =>
    workUnder(inner, () => {
      throw fault
    })
  expect(() => workUnder(outer, throwing)).toThrow(fault)
  expect(currentMark()).toBe(NO_MARK)
  expect(workOfException(fault)).toEqual({ lb_id: 'y', generation: 4 })
  expect(workOfException(new Error('another'))).toBeNull()
  expect(workOfException('a word')).toBeNull()
})

test("a load balancer's mark names its current generation, and nothing once it is removed", () => {
  const backend = testBackend(1)
  const config = testConfig([testFrontend(0, backend)], [backend], { address: null })
  const lb = lbWith(config)
  const work = () => workUnder(lb.mark, currentWork)
  expect(work()).toEqual({ lb_id: config.lb_id, generation: 1 })
  applyTo(lb, { ...config, generation: 2 })
  expect(work()).toEqual({ lb_id: config.lb_id, generation: 2 })
  lb.retire()
  expect(work()).toBeNull()
})

test('each request runs under its load balancer’s mark, even if its server is chosen later', async () => {
  const { port: server } = await httpServer((_, response) => {
    response.setHeader('Connection', 'close').end()
  })
  const marks: number[] = []
  const file = { dropped: 0, append: () => marks.push(currentMark()) }
  const logs = { fileOf: () => file } as unknown as AccessLogs
  const { lb, port } = runLb(testBackend(server), { access_log: true }, logs)
  onTestFinished(() => lb.retire())
  const client = await tcpClient(port)
  for (const method of ['GET', 'POST', 'POST']) {
    client.write(`${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`)
    await once(client, 'data')
  }
  client.write('POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n')
  client.end()
  await until(() => marks.length === 4)
  expect(marks).toEqual(Array.from({ length: 4 }, () => lb.mark))
})
