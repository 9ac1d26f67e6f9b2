import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { onTestFinished } from 'vitest'
import type {
  DesiredBackend,
  DesiredConfig,
  DesiredFrontend,
} from '#lib/protocol/desired-config.ts'
import type { Engine } from '#lib/protocol/engine.ts'
import { AccessLogs } from '#lib/runtime/access-log/access-logs.ts'
import { ProxyEngine } from '#lib/runtime/proxy-engine.ts'
import { BoundListeners } from '#lib/runtime/sockets/bound-listeners.ts'
import { DENY, pathBegin, testAcl, testRoute } from '#lib/testing/runtime/rules.ts'
import {
  freePort,
  testBackend,
  testConfig,
  testFrontend,
  until,
} from '#lib/testing/runtime/running-lb.ts'
import { httpServer, tcpClient, tcpServer } from '#lib/testing/runtime/sockets.ts'

/** Support for tests of engines: engines, configurations that use every feature, and clients. For use within tests only. */

export const SINCE = new Date('2026-07-21T10:00:00.000Z')

/** The proxy, which binds its sockets itself. */
export function startProxyEngine(): Engine {
  const directory = mkdtempSync(join(tmpdir(), 'fairlead-engine-'))
  const log = pino({ level: 'silent' })
  const accessLogs = new AccessLogs({ directory, node: 'fr-par-a', worker: 1 }, log)
  const engine = new ProxyEngine({ source: new BoundListeners(), accessLogs, journal: null })
  onTestFinished(async () => {
    for (const id of Object.keys(engine.known())) engine.remove(id)
    await engine.shutDown()
    rmSync(directory, { recursive: true })
  })
  return engine
}

/** A load balancer with a web frontend, which has an ACL, a route, a rate limit and an access log, and a TCP frontend. */
export async function stageLb() {
  const web = await httpServer((_, response) => response.end('web'))
  const other = await httpServer((_, response) => response.end('other'))
  const echo = await tcpServer((socket) => socket.pipe(socket))
  const [http, tcp] = [await freePort(), await freePort()]
  const backends: [DesiredBackend, DesiredBackend, DesiredBackend] = [
    testBackend(web.port),
    testBackend(other.port),
    testBackend(echo, { protocol: 'tcp' }),
  ]
  const frontends: [DesiredFrontend, DesiredFrontend] = [
    {
      ...testFrontend(http, backends[0]),
      access_log: true,
      connection_rate_limit: 1000,
      acls: [testAcl(pathBegin('/denied'), DENY)],
      routes: [testRoute(backends[1], { type: 'path_begin', path: '/other' })],
    },
    testFrontend(tcp, backends[2]),
  ]
  const config = testConfig([...frontends], [...backends])
  return { config, backends, frontends, http, tcp }
}

export type StagedLb = Awaited<ReturnType<typeof stageLb>>

/** The next generation: objects of every kind are added, changed and removed. */
export async function changedLb({ config, backends, frontends }: StagedLb): Promise<DesiredConfig> {
  const [web, , echo] = backends
  const added = testBackend(web.port, { sticky: { type: 'cookie', name: 'SRV', nocache: true } })
  return {
    ...config,
    generation: config.generation + 1,
    limits: { connections: 100, bandwidth: 1_000_000_000 },
    backends: [
      { ...web, servers: [...web.servers, '127.0.0.2'], max_connections: 50, max_retries: 1 },
      { ...echo, health_check: { ...echo.health_check, timeout: 500 } },
      added,
    ],
    frontends: [
      {
        ...frontends[0],
        connection_rate_limit: 2000,
        acls: [testAcl({ ...pathBegin('/secret'), sources: ['127.0.0.0/8'] }, DENY)],
        routes: [testRoute(added, { type: 'host', name: 'x.example', subdomains: true })],
      },
      frontends[1],
      { ...testFrontend(await freePort(), added), access_log: true },
    ],
    changed_at: new Date().toISOString(),
  }
}

/** Applies a configuration, and waits until all ports accept and all servers are checked. */
export async function serve(engine: Engine, config: DesiredConfig): Promise<void> {
  const { outcome } = await engine.apply(config)
  if (outcome !== 'applied') throw new Error(outcome)
  engine.activate(config.lb_id, SINCE)
  await until(() => {
    const report = engine.report(config.lb_id)
    return (
      report?.listeners.every(({ state }) => state === 'listening') === true &&
      report.servers.every(({ state }) => state === 'up')
    )
  })
}

/** A client whose connection stays open. */
export class KeptClient {
  readonly socket: Socket

  private constructor(socket: Socket) {
    this.socket = socket
  }

  static async to(port: number): Promise<KeptClient> {
    return new KeptClient(await tcpClient(port))
  }

  /** Sends a request. @returns the status and the body, "200 web", and whether the connection closes */
  async ask(path: string, host = 'a'): Promise<{ answer: string; closes: boolean }> {
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    let text = ''
    for (;;) {
      const [bytes] = (await once(this.socket, 'data')) as [Buffer]
      text += bytes.toString('latin1')
      const [head = '', body] = text.split('\r\n\r\n')
      const length = /^content-length: (\d+)/im.exec(head)?.[1]
      if (body === undefined || body.length < Number(length)) continue
      const status = head.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3)
      const closes = /^connection: close/im.test(head)
      return { answer: status === '200' ? `200 ${body}` : status, closes }
    }
  }

  /** Sends a text. @returns the response */
  async say(text: string): Promise<string> {
    this.socket.write(text)
    const [bytes] = (await once(this.socket, 'data')) as [Buffer]
    return bytes.toString()
  }
}

/**
 * A configuration that can be read `reads` times; after that each read throws, until it is disarmed. Its load balancer and
 * generation can always be read.
 */
export class ThrowingConfig {
  readonly config: DesiredConfig
  hasThrown = false
  #readsLeft: number
  readonly #wrapped = new WeakMap<object, object>()

  constructor(config: DesiredConfig, reads: number) {
    this.#readsLeft = reads
    this.config = this.#wrap(config)
  }

  disarm(): void {
    this.#readsLeft = Number.POSITIVE_INFINITY
  }

  #wrap<Value extends object>(value: Value): Value {
    const known = this.#wrapped.get(value)
    if (known) return known as Value
    const proxy = new Proxy(value, {
      get: (target, key) => {
        if (key !== 'lb_id' && key !== 'generation') this.#read(key)
        const found: unknown = Reflect.get(target, key)
        return typeof found === 'object' && found !== null ? this.#wrap(found) : found
      },
      ownKeys: (target) => {
        this.#read('keys')
        return Reflect.ownKeys(target)
      },
    })
    this.#wrapped.set(value, proxy)
    return proxy
  }

  #read(key: string | symbol): void {
    if (this.#readsLeft > 0) {
      this.#readsLeft -= 1
      return
    }
    this.hasThrown = true
    throw new Error(`planted at ${String(key)}`)
  }
}
