import { fork } from 'node:child_process'
import { onFault } from '#lib/process/faults.ts'
import { giveBackMemory } from '#lib/runtime/memory.ts'
import type { SocketHandle } from '#lib/runtime/sockets/listener-source.ts'
import {
  bindHandle,
  lbWith,
  testBackend,
  testConfig,
  testFrontend,
} from '#lib/testing/runtime/running-lb.ts'
import type { Wiring } from './contender.ts'
import { benchRules } from './rules.ts'

// One load balancer, configured by the argument, in this process; or in several that share the port, each with its own socket,
// like the workers of a node. Exits with the benchmark.

const TEN_MINUTES = 600_000
/** Limits that the benchmark can't reach. */
const LIMITS = { connections: 3_000_000, bandwidth: 100_000_000_000 }

const wiring = JSON.parse(process.argv[2] ?? '') as Wiring
const { address, port, duty, servers } = wiring

function serve(handle: SocketHandle): void {
  const backend = testBackend(servers[0]?.port ?? 0, {
    protocol: duty.mode,
    servers: servers.map((server) => server.address),
    sticky: duty.sticky ? { type: 'cookie', name: 'SRV', nocache: true } : { type: 'none' },
    timeouts: { connect: 5000, server: TEN_MINUTES, tunnel: TEN_MINUTES, queue: 5000 },
  })
  backend.health_check.delay = 2000
  const rules = duty.rules ? benchRules(backend) : {}
  const frontend = { ...testFrontend(port, backend), ...rules, client_timeout: TEN_MINUTES }
  const config = testConfig([frontend], [backend], { address, limits: LIMITS })
  const balancer = lbWith(config)
  balancer.listeners.onSocket({ address, port, shard: 1 }, handle)
  balancer.activate()
  giveBackMemory()
}

/** Starts a process that waits for its socket. */
function startWorker(handle: SocketHandle): void {
  const worker = fork(import.meta.filename, [JSON.stringify(wiring), 'worker'])
  // The types only allow net.Server and net.Socket, but raw handles are sent in the same way.
  worker.send('socket', handle as never)
}

onFault((fault) => console.error(fault))
process.on('disconnect', () => process.exit())
if (process.argv[3] === 'worker') {
  process.on('message', (_message, handle) => serve(handle as unknown as SocketHandle))
} else if (duty.workers === 1) {
  serve(bindHandle(address, port).handle)
} else {
  for (let worker = 0; worker < duty.workers; worker += 1) {
    startWorker(bindHandle(address, port, { shared: true }).handle)
  }
}
