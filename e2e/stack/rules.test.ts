import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { createServer as createTlsHttpServer } from 'node:https'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Backend } from '#lib/core/backend.ts'
import type { Lb } from '#lib/core/lb.ts'
import { TEST_CERTIFICATE } from '#lib/testing/certificate.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'

const [SERVER = ''] = ownAddresses(1)
const ZONE = '/lb/v1/zones/fr-par-1'
const { key, cert } = TEST_CERTIFICATE
const TCP_CHECK = { check_delay: 200, check_timeout: 500, check_max_retries: 2, tcp_config: {} }

describe('routes, ACLs and TLS to servers, from the API to real traffic', () => {
  let installation: Installation
  let api: Api
  let lb: Lb
  let address = ''
  const servers: NetServer[] = []
  const ids: Record<string, string> = {}

  async function listen(server: NetServer | Server): Promise<number> {
    servers.push(server.listen(0, SERVER))
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  async function addBackend(name: string, port: number, more: object): Promise<void> {
    const backend = { ...backendOf([SERVER], port, { name }), forward_port_algorithm: 'roundrobin' }
    const health_check = { ...TCP_CHECK, port }
    const path = `${ZONE}/lbs/${lb.id}/backends`
    const created = await api.ok<Backend>('POST', path, { ...backend, health_check, ...more })
    ids[name] = created.id
  }

  beforeAll(async () => {
    installation = await startInstallation()
    api = new Api(installation)
    lb = await api.ok<Lb>('POST', `${ZONE}/lbs`, { name: 'ruled' })
    address = lb.ip[0]?.ip_address ?? ''
    for (const name of ['web', 'images']) {
      await addBackend(name, await listen(createServer((_, response) => response.end(name))), {})
    }
    const secret = createTlsHttpServer({ key, cert }, ({ socket, headers }, response) => {
      const { servername } = socket as TLSSocket
      response.end(`bridged ${servername} ${headers.host} ${headers['x-forwarded-host']}`)
    })
    const host = 'inner.test:8443'
    const bridged = { ssl_bridging: true, ignore_ssl_server_verify: true, host }
    await addBackend('bridged', await listen(secret), bridged)
    for (const name of ['mail', 'shop']) {
      const server = createTlsServer({ key, cert }, (socket) => socket.end(name))
      await addBackend(name, await listen(server), { forward_protocol: 'tcp' })
    }
    for (const [name, inbound_port, backend] of [
      ['http', 8000, 'web'],
      ['tls', 8443, 'mail'],
    ] as const) {
      const frontend = { name, inbound_port, backend_id: ids[backend] }
      const path = `${ZONE}/lbs/${lb.id}/frontends`
      ids[name] = (await api.ok<{ id: string }>('POST', path, frontend)).id
    }
    for (const [frontend, backend, match] of [
      ['http', 'images', { path_begin: '/images' }],
      ['http', 'images', { path_begin: 'photos' }],
      ['http', 'bridged', { host_header: 'secure.test', match_subdomains: true }],
      ['tls', 'shop', { sni: 'shop.test' }],
    ] as const) {
      const route = { frontend_id: ids[frontend], backend_id: ids[backend], match }
      await api.ok('POST', `${ZONE}/routes`, route)
    }
    const filter = (http_filter: string, ...http_filter_value: string[]) => ({
      match: { http_filter, http_filter_value },
    })
    const redirect = { type: 'location', target: 'https://new.test{{path}}', code: 308 }
    await api.ok('PUT', `${ZONE}/frontends/${ids.http}/acls`, {
      acls: [
        {
          name: 'inside',
          action: { type: 'deny' },
          index: 1,
          ...filter('path_begin', '/admin', 'private'),
        },
        {
          name: 'scripts',
          action: { type: 'deny' },
          index: 2,
          ...filter('regex', '[.]ph(p|tml)$'),
        },
        {
          name: 'moved',
          action: { type: 'redirect', redirect },
          index: 3,
          ...filter('path_end', '/old'),
        },
      ],
    })
    await api.waitForStatus(lb.id, 'ready')
    await api.waitForApplied(lb.id)
  }, 120_000)

  afterAll(async () => {
    await installation?.remove()
    for (const server of servers) server.close()
  })

  /** "200 web", "308 https://…". */
  async function ask(path: string, host = 'any.test'): Promise<string> {
    const headers = { host }
    const asked = request({ host: address, port: 8000, path, headers, agent: false }).end()
    const [response] = await once(asked, 'response')
    const body = await text(response)
    return `${response.statusCode} ${response.headers.location ?? body.split('\n')[0]}`
  }

  /** The server's response over TLS with this SNI. @throws Error if the handshake fails */
  async function askTls(servername: string): Promise<string> {
    const asked = { host: address, port: 8443, servername, rejectUnauthorized: false }
    const socket = connectTls(asked)
    // A reset in the middle of a handshake can end the stream without an error.
    await once(socket, 'secureConnect')
    return text(socket)
  }

  async function expectRules(): Promise<void> {
    expect(await ask('/')).toBe('200 web')
    expect(await ask('/images/a.png')).toBe('200 images')
    expect(await ask('/photos/a.png')).toBe('200 images')
    expect(await ask('/my/photos')).toBe('200 web')
    expect(await ask('/', 'a.secure.test:8000')).toBe(
      '200 bridged inner.test inner.test:8443 a.secure.test:8000',
    )
    expect(await ask('/x/../%61dmin')).toBe('403 403 Forbidden')
    expect(await ask('/private/x')).toBe('403 403 Forbidden')
    expect(await ask('/not/private')).toBe('200 web')
    expect(await ask('/images/x.phtml?y')).toBe('403 403 Forbidden')
    expect(await ask('/very/old')).toBe('308 https://new.test/very/old')
    expect(await askTls('shop.test')).toBe('shop')
    expect(await askTls('mail.test')).toBe('mail')
  }

  test('the active node applies them, and so does the other after a failover', async () => {
    await expectRules()
    const { instances } = await api.observed(lb.id)
    const active = instances.find((instance) => instance.active)
    process.kill(installation.process(`fairlead node fr-par-${active?.cluster}`).pid, 'SIGKILL')
    await expectRules()
    await waitFor('the failover is known', async () => (await api.observed(lb.id)).last_failover)
  })

  test('a pattern that nodes don’t support is refused with a reason', async () => {
    const match = { http_filter: 'regex', http_filter_value: ['(?=a)'] }
    const acl = { name: 'bad', action: { type: 'deny' }, index: 9, match }
    const { status, body } = await api.call('POST', `${ZONE}/frontends/${ids.http}/acls`, acl)
    expect(status).toBe(400)
    expect(JSON.stringify(body)).toContain('look-around')
  })

  test('a TCP frontend refuses clients that its ACL denies', async () => {
    await api.ok('POST', `${ZONE}/frontends/${ids.tls}/acls`, {
      name: 'nobody',
      action: { type: 'deny' },
      index: 1,
      match: { ip_subnet: ['127.0.0.0/8'] },
    })
    await api.waitForApplied(lb.id)
    await expect(askTls('shop.test')).rejects.toThrow()
    expect(await ask('/')).toBe('200 web')
  })
})
