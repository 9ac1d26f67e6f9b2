import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { connectTls, resetTls } from './connect-tls.ts'

const OPTIONS = { verify: false, server_name: null, proxyHeader: null, protocol: null } as const

/** A TLS server that records how its connections ended. */
async function tlsServer() {
  const ends: string[] = []
  const server = createServer(TEST_CERTIFICATE)
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {}).on('close', () => ends.push('closed'))
  })
  server.listen(0, TEST_ADDRESS)
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { ends, port: (server.address() as { port: number }).port }
}

test('a connection may be reset inside the callback', async () => {
  const { ends, port } = await tlsServer()
  const results: boolean[] = []
  for (let number = 0; number < 3; number += 1) {
    connectTls({ address: TEST_ADDRESS, port }, OPTIONS, (transport) => {
      results.push(transport !== null)
      if (transport) resetTls(transport)
    })
  }
  await expect.poll(() => [results.length, ends.length]).toEqual([3, 3])
  expect(results).toEqual([true, true, true])
})

test('a callback that throws is called again, without a connection', async () => {
  const { ends, port } = await tlsServer()
  const faults: unknown[] = []
  onFault((fault) => faults.push(fault))
  onTestFinished(() => onFault(null))
  const reasons: (string | null)[] = []
  connectTls({ address: TEST_ADDRESS, port }, OPTIONS, (transport, reason) => {
    reasons.push(reason)
    if (transport) throw new Error('planted')
  })
  await expect.poll(() => ends.length).toBe(1)
  expect(reasons).toEqual([null, 'planted'])
  expect(faults).toHaveLength(1)
})
