import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { TcpHandle } from '#lib/process/node-internals/tcp-handle.ts'
import { bindHandle, freePort, TEST_ADDRESS, until } from '#lib/testing/runtime/running-lb.ts'
import { LbListeners } from './lb-listeners.ts'
import type { ListenerSource } from './listener-source.ts'
import { portProblem } from './port-listener.ts'

const opened: LbListeners[] = []
afterEach(() => {
  for (const listeners of opened.splice(0)) listeners.close()
})

type Call = [name: keyof ListenerSource, of: unknown]

/** Listeners whose source only notes what it is called for. */
function create() {
  const calls: Call[] = []
  const accepted: number[] = []
  const source: ListenerSource = {
    claim: ({ ports }) => calls.push(['claim', ports]),
    release: (lbId) => calls.push(['release', lbId]),
    releaseAll: () => calls.push(['releaseAll', null]),
    accepting: (lbId) => calls.push(['accepting', lbId]),
    yielded: (lbId) => calls.push(['yielded', lbId]),
  }
  const onConnection = (port: number, handle: TcpHandle) => {
    accepted.push(port)
    handle.close()
  }
  const listeners = new LbListeners('lb', source, onConnection, () => {})
  opened.push(listeners)
  const state = (port: number) => listeners.listener(port)?.state
  const use = (ports: number[], moved: [number, number][] = []) => {
    const prepared = listeners.prepare({
      address: TEST_ADDRESS,
      ports,
      master: 'a',
      carriage: null,
      moved,
    })
    listeners.swap(prepared)
    listeners.startAndRetire(prepared)
  }
  return { listeners, use, calls, accepted, state }
}

const shard = (port: number) => ({ address: TEST_ADDRESS, port, shard: 1 })

async function knock(port: number): Promise<void> {
  const socket = connect({ host: TEST_ADDRESS, port })
  await once(socket, 'close')
}

test('a socket is on standby until the node is active, and stays when other ports are added', async () => {
  const { listeners, use, calls, accepted, state } = create()
  const { handle, port } = bindHandle(TEST_ADDRESS)
  use([port])
  expect(calls).toEqual([['claim', [port]]])
  expect(state(port)).toBe('pending')
  listeners.onSocket(shard(port), handle)
  expect(state(port)).toBe('standby')
  listeners.activate()
  expect(state(port)).toBe('listening')
  use([port, port + 1])
  expect(state(port)).toBe('listening')
  expect(state(port + 1)).toBe('pending')
  await knock(port)
  expect(accepted).toEqual([port])
})

test('the source learns when the node accepts, and when it has yielded', async () => {
  const { listeners, use, calls, state } = create()
  const { handle, port } = bindHandle(TEST_ADDRESS)
  use([port])
  listeners.activate()
  listeners.onSocket(shard(port), handle)
  expect(state(port)).toBe('listening')
  listeners.deactivate()
  expect(state(port)).toBe('pending')
  expect(calls.slice(1).map(([name]) => name)).toEqual(['accepting', 'yielded'])
  listeners.onSocket(shard(port), bindHandle(TEST_ADDRESS, await freePort()).handle)
  expect(state(port)).toBe('standby')
})

test('a port that could not be bound is claimed again until it can', async () => {
  const { listeners, use, calls, state } = create()
  const { handle, port } = bindHandle(TEST_ADDRESS)
  use([port])
  listeners.activate()
  listeners.onSocketFailed(shard(port), 'EADDRINUSE')
  expect(state(port)).toBe('failed')
  expect(listeners.listener(port)?.problem).toMatch(/already in use by another program/)
  await until(() => calls.length === 2)
  expect(calls[1]).toEqual(calls[0])
  listeners.onSocket(shard(port), handle)
  expect(state(port)).toBe('listening')
})

test('a vacated port is served until its successor can be', async () => {
  const { listeners, use, calls, accepted, state } = create()
  const [old, next] = [bindHandle(TEST_ADDRESS), bindHandle(TEST_ADDRESS)]
  use([old.port])
  listeners.onSocket(shard(old.port), old.handle)
  listeners.activate()
  use([next.port], [[old.port, next.port]])
  listeners.onSocketFailed(shard(next.port), 'EADDRINUSE')
  expect(listeners.vacatedFor(next.port)).toBe(old.port)
  await knock(old.port)
  expect(accepted).toEqual([old.port])
  expect(calls.at(-1)).toEqual(['claim', [next.port, old.port]])
  listeners.onSocket(shard(next.port), next.handle)
  expect([state(old.port), state(next.port)]).toEqual([undefined, 'listening'])
  expect(calls.at(-1)).toEqual(['claim', [next.port]])
})

test('a port on which another program begins to listen first is reported as failed', async () => {
  const { listeners, use, state } = create()
  const { handle, port } = bindHandle(TEST_ADDRESS)
  const other = createServer().listen(port, TEST_ADDRESS)
  await once(other, 'listening')
  use([port])
  listeners.onSocket(shard(port), handle)
  expect(state(port)).toBe('standby')
  listeners.activate()
  expect(state(port)).toBe('failed')
  expect(listeners.listener(port)?.problem).toMatch(/already in use by another program/)
  other.close()
})

describe('the problem of a port', () => {
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
