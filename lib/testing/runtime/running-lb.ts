import { randomUUID } from 'node:crypto'
import { bindSocket } from '#lib/process/bind-socket.ts'
import type {
  DesiredBackend,
  DesiredConfig,
  DesiredFrontend,
} from '#lib/protocol/desired-config.ts'
import type { AccessLogs } from '#lib/runtime/access-log/access-logs.ts'
import { LoadBalancer } from '#lib/runtime/load-balancer.ts'
import { runToEnd } from '#lib/runtime/scheduling/slices.ts'
import type { ListenerSource, SocketHandle } from '#lib/runtime/sockets/listener-source.ts'
import { workUnder } from '#lib/runtime/watchdog/work-marks.ts'
import { nextPort } from '../free-port.ts'

/** Binds a port as the supervisor does; 0 for any. @param shared one of several sockets of the port */
export function bindHandle(
  address: string,
  port = 0,
  { shared = false } = {},
): { handle: SocketHandle; port: number } {
  const bound = bindSocket(address, port, { reusePort: shared })
  if ('code' in bound) throw new Error(`bind ${address}:${port}: ${bound.code}`)
  return bound
}

/** A source without sockets: a test hands them over with `lb.listeners.onSocket`. */
export const NO_SOCKETS: ListenerSource = {
  claim() {},
  release() {},
  releaseAll() {},
  accepting() {},
  yielded() {},
}

export const TEST_ADDRESS = '127.0.0.1'

/** Longer than any test. A test of a timeout sets its own. */
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
    carriage: null,
    limits: { connections: null, bandwidth: null },
    frontends,
    backends,
    ...overrides,
  }
}

/** Applies a configuration without pauses. @throws what prevents it */
export function applyTo(lb: LoadBalancer, config: DesiredConfig): void {
  workUnder(lb.mark, () => lb.apply(runToEnd(lb.prepare(config))))
}

/** A load balancer that runs a configuration. */
export function lbWith(
  config: DesiredConfig,
  options: Partial<ConstructorParameters<typeof LoadBalancer>[1]> = {},
): LoadBalancer {
  const lb = new LoadBalancer(config.lb_id, { source: NO_SOCKETS, onChange() {}, ...options })
  applyTo(lb, config)
  return lb
}

export type RunningLb = {
  lb: LoadBalancer
  port: number
  /** Applies a change of the current configuration as the next generation. */
  change(change: Partial<DesiredConfig>): void
}

/** A load balancer with one listening frontend and one backend. */
export function runLb(
  backend: DesiredBackend,
  frontend: Partial<DesiredFrontend> = {},
  logs: AccessLogs | null = null,
): RunningLb {
  const { handle, port } = bindHandle(TEST_ADDRESS)
  const config = testConfig([{ ...testFrontend(port, backend), ...frontend }], [backend])
  const lb = lbWith(config, { logs })
  lb.listeners.onSocket({ address: TEST_ADDRESS, port, shard: 1 }, handle)
  lb.activate()
  const change = (changes: Partial<DesiredConfig>) => {
    applyTo(lb, { ...lb.config, ...changes, generation: lb.config.generation + 1 })
  }
  return { lb, port, change }
}

/** A port that is free on all addresses of this machine. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort()
    const bound = bindSocket('0.0.0.0', port)
    if ('code' in bound) continue
    await new Promise<void>((resolve) => bound.handle.close(resolve))
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

/** Polls for which a value must not change to count as stable. */
const STABLE_POLLS = 20

/** Resolves when a value has become positive and has stopped changing. */
export async function untilStable(read: () => number): Promise<void> {
  let [last, polls] = [0, 0]
  await until(() => {
    const value = read()
    polls = value > 0 && value === last ? polls + 1 : 0
    last = value
    return polls === STABLE_POLLS
  })
}
