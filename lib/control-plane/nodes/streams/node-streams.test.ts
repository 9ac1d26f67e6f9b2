import { expect, test } from 'vitest'
import { testNode } from '#lib/testing/control-plane/test-nodes.ts'
import { NodeStreams } from './node-streams.ts'

const NODE = testNode('fr-par-a')
const DRAFT = {
  servers: ['10.0.0.1'],
  health_check: {
    kind: { type: 'tcp' as const },
    port: 80,
    delay: 1000,
    transient_delay: 500,
    timeout: 1000,
    retries: 3,
    send_proxy: false,
  },
  proxy_protocol: 'none' as const,
  tls: null,
}
const REPORT = { servers: [{ address: '10.0.0.1', up: true, reason: 'connected', latency_ms: 1 }] }

test('a check goes to one worker, and to another one when that has disconnected', async () => {
  const streams = new NodeStreams()
  const first = streams.connect(NODE, 1)
  const second = streams.connect(NODE, 2)
  expect(await streams.waitFor('fr-par', 'a', 0)).toBe(first.stream)
  first.disconnect()
  expect(await streams.waitFor('fr-par', 'a', 0)).toBe(second.stream)
  const outcome = second.stream.check(DRAFT, 1000)
  const [message] = second.stream.take()
  if (message?.type !== 'check') throw new Error('no check was requested')
  const again = streams.connect(NODE, 1)
  streams.receiveCheck(NODE, message.id, REPORT)
  expect(await outcome).toEqual(REPORT)
  second.disconnect()
  again.disconnect()
  expect(await streams.waitFor('fr-par', 'a', 0)).toBeNull()
})

test('a check waits for a stream of its cluster to open', async () => {
  const streams = new NodeStreams()
  const waiting = streams.waitFor('fr-par', 'a', 10_000)
  streams.connect(testNode('fr-par-b'), 1)
  streams.connect(testNode('nl-ams-a'), 1)
  const { stream } = streams.connect(NODE, 1)
  expect(await waiting).toBe(stream)
})

test('a check ends when its worker disconnects, or after its timeout', async () => {
  const streams = new NodeStreams()
  const { stream, disconnect } = streams.connect(NODE, 1)
  expect(await stream.check(DRAFT, 1)).toBe('timeout')
  const outcome = stream.check(DRAFT, 10_000)
  disconnect()
  expect(await outcome).toBe('disconnected')
})

test('the outcome of a check counts only from the node that was asked', async () => {
  const streams = new NodeStreams()
  const { stream } = streams.connect(NODE, 1)
  const outcome = stream.check(DRAFT, 20)
  const [message] = stream.take()
  if (message?.type !== 'check') throw new Error('no check was requested')
  streams.receiveCheck(testNode('fr-par-b'), message.id, REPORT)
  expect(await outcome).toBe('timeout')
})
