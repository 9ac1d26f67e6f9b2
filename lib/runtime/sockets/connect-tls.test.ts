import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { onFault } from '#lib/process/faults.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { TEST_ADDRESS } from '#lib/testing/runtime/running-lb.ts'
import { connectTls, resetTls } from './connect-tls.ts'

const WAY = { verify: false, server_name: null, proxyHeader: null, protocol: null } as const

/** A TLS server that records how its connections ended. */
async function secureServer() {
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

test('a connection may be reset inside its callback', async () => {
  const { ends, port } = await secureServer()
  const told: boolean[] = []
  for (let number = 0; number < 3; number += 1) {
    connectTls({ address: TEST_ADDRESS, port }, WAY, (sockets) => {
      told.push(sockets !== null)
      if (sockets) resetTls(sockets)
    })
  }
  await expect.poll(() => [told.length, ends.length]).toEqual([3, 3])
  expect(told).toEqual([true, true, true])
})

test('if the callback throws, it is called again without a connection, and the process goes on', async () => {
  const { ends, port } = await secureServer()
  const faults: unknown[] = []
  onFault((fault) => faults.push(fault))
  onTestFinished(() => onFault(null))
  const words: (string | null)[] = []
  connectTls({ address: TEST_ADDRESS, port }, WAY, (sockets, why) => {
    words.push(why)
    if (sockets) throw new Error('a fault of the owner')
  })
  await expect.poll(() => ends.length).toBe(1)
  expect(words).toEqual([null, 'a fault of the owner'])
  expect(faults).toHaveLength(1)
})
