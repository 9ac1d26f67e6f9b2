import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { simulateDelay } from '#lib/testing/wait.ts'
import type { Environment } from './environment.ts'
import { streamResponse } from './stream-response.ts'

/** Serves an endless stream in pieces of 64 KiB, which ends if the client does not read for `unreadMs`. */
async function serve(unreadMs: number) {
  const seen = { opened: 0, ended: 0, made: 0 }
  async function* follow(signal: AbortSignal): AsyncGenerator<string> {
    while (!signal.aborted) {
      seen.made += 1
      yield 'x'.repeat(65_536)
    }
  }
  const app = new Hono<Environment>()
  app.get('/', (http) =>
    streamResponse(
      http,
      { 'Content-Type': 'text/plain' },
      () => {
        seen.opened += 1
        const onEnd = () => {
          seen.ended += 1
        }
        return { follow, onEnd, encode: (text) => text }
      },
      unreadMs,
    ),
  )
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const ask = async (method: string) => {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    socket.pause().write(`${method} / HTTP/1.1\r\nHost: x\r\n\r\n`)
    return socket
  }
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))
  return { seen, ask, connections }
}

test('a stream that the client does not read ends, and so does its connection', async () => {
  const { seen, ask, connections } = await serve(200)
  await ask('GET')
  await expect.poll(() => seen).toMatchObject({ opened: 1, ended: 1 })
  await expect.poll(connections).toBe(0)
  const { made } = seen
  // Backpressure: only as much as the kernel and the server buffer.
  expect(made * 65_536).toBeLessThan(64 * 1024 * 1024)
})

test('a stream that is read lasts longer than that', async () => {
  const { seen, ask } = await serve(2000)
  const socket = await ask('GET')
  const start = performance.now()
  while (performance.now() - start < 4500) {
    socket.resume()
    await once(socket, 'data')
    socket.pause()
    await simulateDelay(5)
  }
  expect(seen).toMatchObject({ opened: 1, ended: 0 })
  socket.destroy()
  await expect.poll(() => seen.ended).toBe(1)
})

test('HEAD is answered without opening a stream', async () => {
  const { seen, ask } = await serve(60_000)
  const socket = await ask('HEAD')
  socket.resume()
  expect(String(await once(socket, 'data'))).toMatch(
    /^HTTP\/1.1 200 OK\r\ncontent-type: text\/plain/i,
  )
  expect(seen).toEqual({ opened: 0, ended: 0, made: 0 })
})
