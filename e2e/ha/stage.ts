import type { Lb } from '#lib/core/lb.ts'
import { ownAddresses } from '#lib/testing/loopback.ts'
import { startNginx, type WebServer } from '#lib/testing/programs/nginx.ts'
import { waitFor } from '#lib/testing/wait.ts'
import { Api, backendOf } from '../support/api.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { startEchoServers } from './echo-servers.ts'

export type Cluster = 'a' | 'b'
export type Region = 'fr-par' | 'nl-ams'

const PORTS = { web: 8186, websocket: 8187, tcp: 8188 }
const START_MS = 30_000

/** A real installation with a load balancer in each region: HTTP on port 8000, WebSocket on 8001, TCP on 8002. */
export class Stage {
  readonly installation: Installation
  readonly api: Api
  readonly lbs: Record<Region, Lb>
  /** The addresses of the web servers. */
  readonly servers: string[]
  readonly #webs: WebServer[]
  readonly #echoes: { close(): void }

  private constructor(
    parts: Pick<Stage, 'installation' | 'api' | 'lbs' | 'servers'> & {
      webs: WebServer[]
      echoes: { close(): void }
    },
  ) {
    this.installation = parts.installation
    this.api = parts.api
    this.lbs = parts.lbs
    this.servers = parts.servers
    this.#webs = parts.webs
    this.#echoes = parts.echoes
  }

  static async set(): Promise<Stage> {
    const servers = ownAddresses(2)
    const [echo = ''] = ownAddresses(1)
    const webs = await Promise.all(servers.map((ip, i) => startNginx(`web${i}`, ip, PORTS.web)))
    const echoes = await startEchoServers(echo, PORTS)
    const installation = await startInstallation()
    const api = new Api(installation)
    const create = async (region: Region) => {
      const lb = await api.ok<Lb>('POST', `/lb/v1/regions/${region}/lbs`, lbOf(servers, echo))
      return api.waitForStatus(lb.id, 'ready', region)
    }
    const lbs = { 'fr-par': await create('fr-par'), 'nl-ams': await create('nl-ams') }
    return new Stage({ installation, api, lbs, servers, webs, echoes })
  }

  url(port: number, region: Region = 'fr-par'): string {
    return `http://${this.lbs[region].ip[0]?.ip_address}:${port}/`
  }

  async activeCluster(region: Region = 'fr-par'): Promise<Cluster> {
    return waitFor('one is active', async () => {
      const { instances } = await this.api.observed(this.lbs[region].id)
      const active = instances.filter((instance) => instance.active)
      return active.length === 1 && (active[0]?.cluster as Cluster)
    })
  }

  /** The processes of a node. */
  pidsOf(cluster: Cluster, region: Region = 'fr-par'): number[] {
    const title = `fairlead node ${region}-${cluster}`
    return this.installation
      .processes()
      .filter((process) => process.title === title || process.title.startsWith(`${title} `))
      .map(({ pid }) => pid)
  }

  /** Whether both instances of a load balancer have applied its generation and have no problem. */
  whole(region: Region = 'fr-par'): Promise<unknown> {
    const isWhole = async () => {
      const { applied_on, problems, instances } = await this.api.observed(this.lbs[region].id)
      const ready = instances.every((one) => one.connected && one.listeners.every(isReady))
      return applied_on === 2 && problems.length === 0 && ready
    }
    return waitFor('both instances are healthy', isWhole, START_MS)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.installation.remove()
    this.#echoes.close()
    await Promise.all(this.#webs.map((web) => web.remove()))
  }
}

const isReady = ({ state }: { state: string }) => state === 'listening' || state === 'standby'

function lbOf(servers: string[], echo: string) {
  const tcpCheck = (port: number) => ({
    port,
    check_delay: 1000,
    check_timeout: 1000,
    check_max_retries: 3,
    tcp_config: {},
  })
  const echoing = (name: string, forward_port: number, forward_protocol: string) => ({
    name,
    forward_protocol,
    forward_port,
    server_ip: [echo],
    health_check: tcpCheck(forward_port),
  })
  return {
    name: 'site',
    backends: [
      backendOf(servers, PORTS.web),
      echoing('websockets', PORTS.websocket, 'http'),
      echoing('streams', PORTS.tcp, 'tcp'),
    ],
    frontends: [
      { name: 'web', inbound_port: 8000, backend: 'web' },
      { name: 'websockets', inbound_port: 8001, backend: 'websockets' },
      { name: 'streams', inbound_port: 8002, backend: 'streams' },
    ],
  }
}
