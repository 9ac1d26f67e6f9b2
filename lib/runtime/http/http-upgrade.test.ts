import { expect, test } from 'vitest'
import { until } from '#lib/testing/runtime/running-lb.ts'
import { recordingClient, startLb, tcpServer } from '#lib/testing/runtime/sockets.ts'

const GET = (path: string, extra = '') => `GET ${path} HTTP/1.1\r\nHost: test\r\n${extra}\r\n`

test('an upgrade opens a tunnel, forwards early data, and closes with either side', async () => {
  const port = await tcpServer((socket) => {
    socket.on('end', () => socket.end())
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
      if (!received.includes('\r\n\r\n')) return
      if (socket.bytesWritten === 0) {
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello',
        )
        const early = received.slice(received.indexOf('\r\n\r\n') + 4)
        if (early) socket.write(`[${early}]`)
      } else socket.write(Buffer.concat([Buffer.from('['), chunk, Buffer.from(']')]))
    })
  })
  const { port: frontend, lb, change } = startLb(port)
  const client = recordingClient(frontend)
  client.socket.write(`${GET('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')}early`)
  await until(() => client.text.includes('[early]'))
  expect(client.text).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\nhello\[early\]$/s)
  change({})
  client.socket.write(Buffer.from([0x00, 0xff, 0x81]))
  await until(() => client.text.endsWith('[\x00\xff\x81]'))
  expect(lb.report().counters.connections_current).toBe(1)
  client.socket.destroy()
  await until(() => lb.report().counters.connections_current === 0)
  await until(() => Object.values(lb.report().server_counters)[0]?.connections_current === 0)
})

test('a client that has half-closed before the upgrade still receives the tunnel’s data', async () => {
  let ended = false
  const port = await tcpServer((socket) => {
    socket.once('data', () => {
      setTimeout(() => {
        socket.write('HTTP/1.1 101 OK\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
        socket.write('late')
      }, 20)
    })
    socket.on('end', () => {
      ended = true
    })
  })
  const { port: frontend, lb } = startLb(port)
  await until(() => lb.report().servers[0]?.state === 'up')
  ended = false
  const client = recordingClient(frontend)
  client.socket.end(GET('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'))
  await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\nlate$/s)
  await expect.poll(() => ended).toBe(true)
})
