import { LoadBalancer } from '#lib/runtime/load-balancer.ts'
import { giveBackMemory } from '#lib/runtime/memory.ts'
import { bindHandle, testBackend, testConfig, testFrontend } from '#lib/runtime/testing.ts'
import type { Wiring } from './contender.ts'

// One load balancer, wired as its argument says. Ends with the benchmark.

const { address, port, duty, servers } = JSON.parse(process.argv[2] ?? '') as Wiring
const serverPort = servers[0]?.port ?? 0
const TEN_MINUTES = 600_000

const backend = testBackend(serverPort, {
  protocol: duty.mode,
  servers: servers.map((server) => server.address),
  sticky: duty.sticky ? { type: 'cookie', name: 'SRV' } : { type: 'none' },
  timeouts: { connect: 5000, server: TEN_MINUTES, tunnel: TEN_MINUTES, queue: 5000 },
})
backend.health_check.delay = 2000
const frontend = { ...testFrontend(port, backend), client_timeout: TEN_MINUTES }
const config = testConfig([frontend], [backend], { address })
const balancer = new LoadBalancer(
  config,
  () => {},
  () => {},
)
balancer.sockets.onSocket({ address, port }, bindHandle(address, port).handle)
balancer.activate()
// As a node does.
giveBackMemory()
process.on('disconnect', () => process.exit())
