import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { NodeToSupervisor } from '#lib/protocol/supervision.ts'
import { bindHandle, freePort, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { LbSockets } from './lb-sockets.ts'
import { portProblem } from './port-problem.ts'

const opened: LbSockets[] = []
afterEach(() => {
  for (const sockets of opened.splice(0)) sockets.close()
})

function create() {
  const sent: NodeToSupervisor[] = []
  const accepted: number[] = []
  const sockets = new LbSockets(
    'lb',
    (message) => sent.push(message),
    (port, handle) => {
      accepted.push(port)
      handle.close()
    },
    () => {},
  )
  opened.push(sockets)
  const state = (port: number) => sockets.listener(port)?.state
  return { sockets, sent, accepted, state }
}

const place = (port: number) => ({ address: TEST_ADDRESS, port })

async function knock(port: number): Promise<void> {
  const socket = connect({ host: TEST_ADDRESS, port })
  await once(socket, 'close')
}

test('a socket stands by until this node is active, and is kept when other ports come and go', async () => {
  const { sockets, sent, accepted, state } = create()
  const { handle, port } = bindHandle(TEST_ADDRESS)
  sockets.want(TEST_ADDRESS, [port], 'a')
  expect(sent).toEqual([
    { type: 'claim', lb_id: 'lb', address: TEST_ADDRESS, ports: [port], master: 'a' },
  ])
  expect(state(port)).toBe('pending')
  sockets.onSocket(place(port), handle)
  expect(state(port)).toBe('standby')
  sockets.activate()
  expect(state(port)).toBe('listening')
  sockets.want(TEST_ADDRESS, [port, port + 1], 'a')
  expect(state(port)).toBe('listening')
  expect(state(port + 1)).toBe('pending')
  await knock(port)
  expect(accepted).toEqual([port])
})

test('it says when it accepts, and deactivated, when it does not any more', async () => {
  const { sockets, sent, state } = create()
  const { handle, port } = bindHandle(TEST_ADDRESS)
  sockets.want(TEST_ADDRESS, [port], 'a')
  sockets.activate()
  sockets.onSocket(place(port), handle)
  expect(state(port)).toBe('listening')
  sockets.deactivate()
  expect(state(port)).toBe('pending')
  expect(sent.slice(1).map(({ type }) => type)).toEqual(['accepting', 'yielded'])
  sockets.onSocket(place(port), bindHandle(TEST_ADDRESS, await freePort()).handle)
  expect(state(port)).toBe('standby')
})

test('a port that could not be bound is claimed again until it can', async () => {
  const { sockets, sent, state } = create()
  const { handle, port } = bindHandle(TEST_ADDRESS)
  sockets.want(TEST_ADDRESS, [port], 'a')
  sockets.activate()
  sockets.onSocketFailed(place(port), 'EADDRINUSE')
  expect(state(port)).toBe('failed')
  expect(sockets.listener(port)?.problem).toMatch(/already in use by another program/)
  await until(() => sent.length === 2)
  expect(sent[1]).toEqual(sent[0])
  sockets.onSocket(place(port), handle)
  expect(state(port)).toBe('listening')
})

test('a port that is replaced is served until the new one is had', async () => {
  const { sockets, sent, accepted, state } = create()
  const [old, next] = [bindHandle(TEST_ADDRESS), bindHandle(TEST_ADDRESS)]
  sockets.want(TEST_ADDRESS, [old.port], 'a')
  sockets.onSocket(place(old.port), old.handle)
  sockets.activate()
  sockets.want(TEST_ADDRESS, [next.port], 'a', [[old.port, next.port]])
  sockets.onSocketFailed(place(next.port), 'EADDRINUSE')
  expect(sockets.insteadOf(next.port)).toBe(old.port)
  await knock(old.port)
  expect(accepted).toEqual([old.port])
  expect(sent.at(-1)).toMatchObject({ ports: [old.port, next.port] })
  sockets.onSocket(place(next.port), next.handle)
  expect([state(old.port), state(next.port)]).toEqual([undefined, 'listening'])
  expect(sent.at(-1)).toMatchObject({ type: 'claim', ports: [next.port] })
})

test('a port that turns out to be taken only when it is listened on is told of, and nothing breaks', async () => {
  const { sockets, state } = create()
  const port = await freePort()
  const other = createServer().listen(port, TEST_ADDRESS)
  await once(other, 'listening')
  // The system tells of the port in use late: here at listening.
  const { handle } = bindHandle(TEST_ADDRESS, port)
  sockets.want(TEST_ADDRESS, [port], 'a')
  sockets.onSocket(place(port), handle)
  sockets.activate()
  expect(state(port)).toBe('failed')
  other.close()
})

describe('what a person reads', () => {
  test.each([
    ['EACCES', /may not bind ports under 1024\. Give it the CAP_NET_BIND_SERVICE right/],
    ['EADDRINUSE', /^Port 80 on 127\.51\.0\.1 is already in use by another program/],
    ['EADDRNOTAVAIL', /doesn't have the address 127\.51\.0\.1/],
    ['EMFILE', /too many files are open/],
    ['EINVAL', /can't be opened \(EINVAL\)/],
  ])('%s', (code, words) => {
    expect(portProblem('127.51.0.1', 80, code)).toMatch(words)
  })
})
