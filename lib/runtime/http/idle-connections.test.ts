import { expect, test } from 'vitest'
import { until } from '#lib/testing/runtime/running-lb.ts'
import { startLb, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

const SIZE = 100_000
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi'

test('a connection whose reading is suspended is not reused, as its server may have closed it', async () => {
  let connections = 0
  const server = await tcpServer((socket) => {
    socket.once('data', () => {
      connections += 1
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n${'x'.repeat(SIZE)}`)
    })
  })
  const running = startLb(server)
  // More than the bandwidth limit of a tenth of a second.
  running.change({ limits: { connections: null, bandwidth: 4_000_000 } })
  const client = await tcpClient(running.port)
  let received = ''
  client.setEncoding('latin1').on('data', (data) => {
    received += data
  })
  const responses = () => received.split(/HTTP\/1.1 (?=\d)/).slice(1)
  for (const [done, request] of ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', POST, POST].entries()) {
    client.write(request)
    await until(() => responses().length > done && (responses().at(-1)?.length ?? 0) > SIZE)
  }
  expect(responses().map((response) => response.slice(0, 3))).toEqual(['200', '200', '200'])
  expect(connections).toBe(3)
})
