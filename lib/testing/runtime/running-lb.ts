import { randomUUID } from 'node:crypto'
import * as net from 'node:net'
import type {
  DesiredBackend,
  DesiredConfig,
  DesiredFrontend,
} from '#lib/protocol/desired-config.ts'
import type { NodeToSupervisor } from '#lib/protocol/supervision.ts'
import type { AccessLogs } from '#lib/runtime/access-log/access-logs.ts'
import { LoadBalancer } from '#lib/runtime/load-balancer.ts'
import type { SocketHandle } from '#lib/runtime/sockets/port-listener.ts'
import { nextPort } from '../free-port.ts'

/** What the tests of this module have in common: configurations, and the supervisor's part. */

type BoundHandle = SocketHandle & { getsockname(out: { port?: number }): number }

const { _createServerHandle: createServerHandle } = net as unknown as {
  _createServerHandle(
    address: string,
    port: number,
    type: 4,
    fd: null,
    flags: number,
  ): BoundHandle | number
}

/** libuv's `UV_TCP_REUSEPORT`. */
const REUSE_PORT = 2

/** Binds a port as the supervisor does; 0 for any. `shared`: as one of several that have the same port. */
export function bindHandle(
  address: string,
  port = 0,
  { shared = false } = {},
): { handle: SocketHandle; port: number } {
  const handle = createServerHandle(address, port, 4, null, shared ? REUSE_PORT : 0)
  if (typeof handle === 'number') throw new Error(`bind ${address}:${port}: ${handle}`)
  const name: { port?: number } = {}
  handle.getsockname(name)
  return { handle, port: name.port ?? 0 }
}

export const TEST_ADDRESS = '127.0.0.1'

/** Longer than any test: a test about a timeout sets its own. */
const LONG_MS = 60_000

export function testBackend(port: number, overrides: Partial<DesiredBackend> = {}): DesiredBackend {
  return {
    id: randomUUID(),
    name: 'web',
    protocol: 'http',
    port,
    algorithm: 'roundrobin',
    sticky: { type: 'none' },
    servers: [TEST_ADDRESS],
    health_check: {
      kind: { type: 'tcp' },
      port,
      delay: 60_000,
      transient_delay: 20,
      timeout: LONG_MS,
      retries: 3,
      send_proxy: false,
    },
    proxy_protocol: 'none',
    tls: null,
    timeouts: { connect: LONG_MS, server: LONG_MS, tunnel: LONG_MS, queue: LONG_MS },
    max_retries: 3,
    redispatch_after: null,
    max_connections: null,
    shutdown_sessions_when_down: false,
    host: null,
    failover_host: null,
    ...overrides,
  }
}

export function testFrontend(port: number, backend: DesiredBackend): DesiredFrontend {
  return {
    id: randomUUID(),
    name: 'http',
    port,
    backend_id: backend.id,
    client_timeout: LONG_MS,
    connection_rate_limit: null,
    access_log: false,
    acls: [],
    routes: [],
  }
}

export function testConfig(
  frontends: DesiredFrontend[],
  backends: DesiredBackend[],
  overrides: Partial<DesiredConfig> = {},
): DesiredConfig {
  return {
    lb_id: randomUUID(),
    generation: 1,
    changed_at: new Date().toISOString(),
    region: 'fr-par',
    address: TEST_ADDRESS,
    master: 'a',
    limits: { connections: null, bandwidth: null },
    frontends,
    backends,
    ...overrides,
  }
}

export type RunningLb = {
  lb: LoadBalancer
  port: number
  /** Applies a change of the present configuration as its next generation. */
  change(change: Partial<DesiredConfig>): void
}

/** A load balancer with one frontend that listens, in front of a backend. */
export function runLb(
  backend: DesiredBackend,
  frontend: Partial<DesiredFrontend> = {},
  logs: AccessLogs | null = null,
): RunningLb {
  const { handle, port } = bindHandle(TEST_ADDRESS)
  const config = testConfig([{ ...testFrontend(port, backend), ...frontend }], [backend])
  const send = (_message: NodeToSupervisor) => {}
  const lb = new LoadBalancer(config, send, () => {}, new Date(), logs)
  lb.sockets.onSocket({ address: TEST_ADDRESS, port }, handle)
  lb.activate()
  const change = (changes: Partial<DesiredConfig>) => {
    lb.apply({ ...lb.config, ...changes, generation: lb.config.generation + 1 })
  }
  return { lb, port, change }
}

/** A port that several addresses of this machine have free. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort()
    const handle = createServerHandle('0.0.0.0', port, 4, null, 0)
    if (typeof handle === 'number') continue
    await new Promise<void>((resolve) => handle.close(resolve))
    return port
  }
}

/** Resolves when the condition holds. @throws Error after `timeout` milliseconds, which only a hang reaches */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeout = 20_000,
): Promise<void> {
  const end = performance.now() + timeout
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${timeout} ms: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
