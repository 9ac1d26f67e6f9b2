import { expect, test } from 'vitest'
import { NodeStreams } from './node-streams.ts'

const draft = {
  servers: ['10.0.0.1'],
  health_check: {
    kind: { type: 'tcp' },
    port: 80,
    delay: 1000,
    transient_delay: 500,
    timeout: 1000,
    retries: 3,
    send_proxy: false,
  },
  proxy_protocol: 'none',
  tls: null,
} as const
const report = { servers: [{ address: '10.0.0.1', up: true, reason: 'connected', latency_ms: 1 }] }

test('of several workers one is asked, and another when that one has left', async () => {
  const streams = new NodeStreams()
  const first = streams.connect('fr-par-a')
  const second = streams.connect('fr-par-a/2')
  expect(await streams.within('fr-par-a', 0)).toBe(first.stream)
  first.leave()
  expect(await streams.within('fr-par-a', 0)).toBe(second.stream)
  const checked = second.stream.check({ ...draft, servers: [...draft.servers] }, 1000)
  const [message] = second.stream.take()
  if (message?.type !== 'check') throw new Error('nothing was asked')
  const again = streams.connect('fr-par-a')
  streams.answer('fr-par-a', message.id, report)
  expect(await checked).toEqual(report)
  second.leave()
  again.leave()
  expect(await streams.within('fr-par-a', 0)).toBeNull()
})
