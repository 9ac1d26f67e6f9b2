import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { vi } from 'vitest'
import type { NodeList } from '#lib/core/node.ts'
import type { ObservedLb } from '#lib/core/observed.ts'
import type { HungNode } from '#lib/protocol/supervision.ts'
import { InProcessOwnership } from '#lib/supervisor/address-ownership/in-process-ownership.ts'
import { localNodes } from '#lib/supervisor/local-nodes.ts'
import { NodeCredentials } from '#lib/supervisor/node-credentials.ts'
import { Nodes } from '#lib/supervisor/nodes.ts'
import { runControlPlane } from '#lib/testing/control-plane/running-control-plane.ts'
import { testPools } from '#lib/testing/control-plane/test-pools.ts'

const REGION = '/lb/v1/regions/fr-par'
const SERVER = '127.0.0.1'
const PORT = 8000

/**
 * Loaded by a node's process before its own code. The name of a backend decides what happens to the process that applies it; a
 * request for `/trap` uses the CPU time in milliseconds that the file of that name contains.
 */
const poison = (root: string, trapFile: string) => `
  import { isMainThread } from 'node:worker_threads'
  const node = JSON.parse(process.env.FAIRLEAD_SETTINGS ?? '{}').node
  if (node && isMainThread) {
    const { readFileSync } = await import('node:fs')
    const { LoadBalancer } = await import('${root}/lib/runtime/load-balancer.ts')
    const { HttpSession } = await import('${root}/lib/runtime/http/http-session.ts')
    const { apply } = LoadBalancer.prototype
    LoadBalancer.prototype.apply = function (prepared, ...more) {
      const names = prepared.config.backends.map(({ name }) => name)
      if (names.includes('hangs')) for (;;);
      if (names.includes('hangs-on-a') && node === 'fr-par-a') for (;;);
      if (names.includes('crashes')) process.abort()
      if (names.includes('fails-on-b') && node === 'fr-par-b') throw new Error('planted')
      return apply.call(this, prepared, ...more)
    }
    const { onData } = HttpSession.prototype
    HttpSession.prototype.onData = function (bytes) {
      if (bytes.toString().startsWith('GET /trap ')) {
        const used = () => process.cpuUsage().user + process.cpuUsage().system
        const end = used() + Number(readFileSync('${trapFile}', 'utf8')) * 1000
        while (used() < end);
      }
      return onData.call(this, bytes)
    }
  }
`

/** Real nodes and a real control plane, with this process as their supervisor, for tests that hang or crash them. */
export async function runNodes() {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-nodes-'))
  const origin = createServer((_, response) => response.end('served')).listen(0, SERVER)
  await once(origin, 'listening')
  const network = `127.${64 + Math.floor(Math.random() * 160)}.${Math.floor(Math.random() * 250)}`
  const pools = testPools({ 'fr-par': `${network}.0/24` })
  const egress = {
    ownPorts: [],
    loopback: true,
    pools: Object.values(pools),
    webhookNetworks: null,
  }
  const credentials = new NodeCredentials()
  for (const node of localNodes('fr-par')) credentials.of(node)
  const nodes = credentials.registrations()
  const controlPlane = await runControlPlane({ pools, egress, nodes })
  const root = pathToFileURL(join(import.meta.dirname, '..', '..', '..')).href
  const trapFile = join(dataDir, 'trap')
  const preload = join(dataDir, 'poison.mjs')
  writeFileSync(preload, poison(root, trapFile))
  // Nodes inherit it.
  vi.stubEnv('NODE_OPTIONS', `--import=${pathToFileURL(preload).href}`)
  const hung: HungNode[][] = []
  const start = (workers = 1) => {
    const ownership = new InProcessOwnership()
    const nodes = new Nodes({
      workers,
      hungAfterMs: 400,
      ownership,
      nodes: localNodes(),
      credentials,
      shared: { apiUrls: [controlPlane.url], dataDir, heartbeatMs: 50, egress },
      onHung: (hanging) => {
        hung.push(hanging)
        void controlPlane.onSupervisor({ type: 'hung', nodes: hanging })
      },
    })
    return { nodes, ownership }
  }
  const { port } = origin.address() as AddressInfo

  return {
    dataDir,
    start,
    hung,
    controlPlane,
    /** Creates a load balancer with one backend and one frontend. @returns its id, its address and its backend's id */
    async create(name: string, backendName = 'web') {
      const health_check = { port, tcp_config: {}, check_max_retries: 3 }
      const backend = { forward_protocol: 'http', forward_port: port, server_ip: [SERVER] }
      const { body } = await controlPlane.call('POST', `${REGION}/lbs`, {
        name,
        backends: [{ name: backendName, ...backend, health_check }],
        frontends: [{ name: 'http', inbound_port: PORT, backend: backendName }],
      })
      const backends = await controlPlane.call('GET', `${REGION}/lbs/${body.id}/backends`)
      const url = `http://${body.ip[0].ip_address}:${PORT}`
      return { id: body.id as string, url, backend: backends.body.backends[0] }
    },
    /** Renames a backend, which changes its load balancer. */
    async rename(backend: { id: string }, name: string): Promise<void> {
      const whole = (await controlPlane.call('GET', `${REGION}/backends/${backend.id}`)).body
      const answer = await controlPlane.call('PUT', `${REGION}/backends/${backend.id}`, {
        ...whole,
        name,
      })
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    },
    async observed(id: string): Promise<ObservedLb> {
      return (await controlPlane.call('GET', `/fairlead/v1/lbs/${id}/observed`)).body
    },
    async listed(): Promise<NodeList['nodes']> {
      return (await controlPlane.call('GET', '/fairlead/v1/nodes')).body.nodes
    },
    /** Sets the CPU time of the next request for `/trap`, milliseconds. */
    trapFor(ms: number): void {
      writeFileSync(trapFile, String(ms))
    },
    async dispose(nodes: Nodes): Promise<void> {
      await nodes.stop()
      vi.unstubAllEnvs()
      await controlPlane.stop()
      origin.close()
      origin.closeAllConnections()
      rmSync(dataDir, { recursive: true })
    },
  }
}
