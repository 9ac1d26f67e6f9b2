import { expect, test } from 'vitest'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startHaproxyWith } from '#lib/testing/programs/haproxy.ts'
import { missingPrograms } from '#lib/testing/programs/programs.ts'
import { check } from '#lib/testing/runtime/checks.ts'
import { freePort, until } from '#lib/testing/runtime/running-lb.ts'
import { tcpServer } from '#lib/testing/runtime/sockets.ts'

// Compares the request of a check with HAProxy's.

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST', 'PUT', 'PATCH']

/** Whether the request has Content-Length, by method. */
type Lengths = Map<string, string | null>

/** Responds to checks and records their Content-Length. */
async function receiver(address: string): Promise<{ port: number; lengths: Lengths }> {
  const lengths: Lengths = new Map()
  const port = await tcpServer(
    (socket) => {
      let head = ''
      socket.on('data', (bytes) => {
        head += bytes.toString('latin1')
        if (!head.includes('\r\n\r\n')) return
        const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? null
        lengths.set(head.split(' ', 1)[0] ?? '', length)
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
    },
    { address },
  )
  return { port, lengths }
}

test.skipIf(missingPrograms('haproxy'))(
  'a check has Content-Length where HAProxy’s does',
  async () => {
    const [address = ''] = ownAddresses(1)
    const theirs = await receiver(address)
    const checks = METHODS.map(
      (method) => `backend ${method}
  option httpchk
  http-check send meth ${method} uri /h ver HTTP/1.1 hdr Host a.test
  server s ${address}:${theirs.port} check inter 100`,
    )
    const target = { address, port: await freePort() }
    const listen = `listen web\n  bind ${target.address}:${target.port}`
    const haproxy = await startHaproxyWith(target, [listen, ...checks].join('\n'))
    try {
      await until(() => theirs.lengths.size === METHODS.length, 20_000)
    } finally {
      haproxy.remove()
    }
    const ours = await receiver(address)
    for (const method of METHODS) {
      const kind = { type: 'http', method, uri: '/h', code: 200, host: 'a.test' } as const
      const result = await check({ address, port: ours.port }, { kind, port: ours.port })
      expect(result).toEqual({ passed: true, reason: 'HTTP 200' })
    }
    const sorted = (lengths: Lengths) => [...lengths].toSorted()
    expect(sorted(ours.lengths)).toEqual(sorted(theirs.lengths))
    expect(ours.lengths.get('POST')).toBe('0')
  },
)
