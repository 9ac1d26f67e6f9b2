import type { IncomingMessage } from 'node:http'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import type { DesiredCheckKind, DesiredHealthCheck } from '#lib/protocol/desired-config.ts'
import { freePort, testBackend, until } from '#lib/testing/runtime/running-lb.ts'
import { httpServer, startLb } from '#lib/testing/runtime/sockets.ts'

type HttpCheck = Extract<DesiredCheckKind, { type: 'http' }>

const QUICK = { delay: 30, transient_delay: 10, timeout: 2000, retries: 2 }

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST']
const CODES = [200, 418]
const PATHS = ['/up', '/deep/er?x=1']

/** Every method with every code and path. */
const VARIANTS: HttpCheck[] = METHODS.flatMap((method) =>
  CODES.flatMap((code) =>
    PATHS.map((uri) => ({ type: 'http', method, code, uri, host: `expects-${code}.test` })),
  ),
)

test('16 edits of method, code and path take effect, and no server is marked down', async () => {
  const requests: string[] = []
  const line = ({ method, url, headers }: IncomingMessage) => `${method} ${url} ${headers.host}`
  const { port } = await httpServer((request, response) => {
    requests.push(line(request))
    // The check's Host contains the code that it expects.
    response.writeHead(Number(/\d+/.exec(request.headers.host ?? '')?.[0] ?? 500)).end()
  })
  const checkOf = (kind: HttpCheck): DesiredHealthCheck => {
    return { ...testBackend(port).health_check, ...QUICK, kind }
  }
  const [first, ...others] = VARIANTS as [HttpCheck, ...HttpCheck[]]
  const { lb, change } = startLb(port, { health_check: checkOf(first) })
  const server = () => lb.report().servers[0]
  await until(() => server()?.state === 'up')
  const since = server()?.since

  for (const kind of [...others, first]) {
    const before = requests.length
    const [backend] = lb.config.backends
    change({ backends: [{ ...(backend ?? testBackend(port)), health_check: checkOf(kind) }] })
    const wanted = `${kind.method} ${kind.uri} expects-${kind.code}.test`
    const sinceEdit = () => requests.slice(requests.indexOf(wanted, before))
    // From the first request of the new check on, no request of the former one arrives.
    await until(() => requests.indexOf(wanted, before) >= 0 && sinceEdit().length > 1)
    expect(new Set(sinceEdit())).toEqual(new Set([wanted]))
    await until(() => server()?.reason === `HTTP ${kind.code}`)
    expect(server()).toMatchObject({ state: 'up', since })
  }

  const wrong = { ...first, code: 204 }
  const [backend] = lb.config.backends
  change({ backends: [{ ...(backend ?? testBackend(port)), health_check: checkOf(wrong) }] })
  expect(server()?.state).toBe('up')
  await until(() => server()?.state === 'down')
  expect(server()).toMatchObject({ reason: 'HTTP 200, expected 204' })
})

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)
const IPV6 = '::1'
const IPV4 = ['127.0.61.1', '127.0.61.2']

test.skipIf(!hasIpv6)('IPv6 servers are checked beside IPv4 ones', async () => {
  const port = await freePort()
  const hosts = new Map<string, string | undefined>()
  const addresses = [IPV4[0] ?? '', IPV6, IPV4[1] ?? '']
  const listen = (address: string) =>
    httpServer(
      (request, response) => {
        hosts.set(address, request.headers.host)
        response.end()
      },
      { address, port },
    )
  const servers = new Map<string, Awaited<ReturnType<typeof listen>>>()
  for (const address of addresses) servers.set(address, await listen(address))
  const kind: HttpCheck = { type: 'http', method: 'GET', uri: '/', code: 200, host: '' }
  const health_check = { ...testBackend(port).health_check, ...QUICK, kind }
  const { lb } = startLb(port, { servers: addresses, health_check })
  const states = () => lb.report().servers.map(({ address, state }) => `${address} ${state}`)
  const all = (down: string[] = []) =>
    addresses.map((address) => `${address} ${down.includes(address) ? 'down' : 'up'}`)
  const stop = (address: string) => {
    servers.get(address)?.server.close()
    servers.get(address)?.server.closeAllConnections()
  }

  await expect.poll(states).toEqual(all())
  expect(Object.fromEntries(hosts)).toEqual({
    [IPV4[0] ?? '']: `${IPV4[0]}:${port}`,
    [IPV4[1] ?? '']: `${IPV4[1]}:${port}`,
    [IPV6]: `[${IPV6}]:${port}`,
  })
  stop(IPV6)
  await expect.poll(states).toEqual(all([IPV6]))
  expect(lb.report().servers[1]).toMatchObject({ reason: 'connection refused' })
  await listen(IPV6)
  await expect.poll(states).toEqual(all())
})
