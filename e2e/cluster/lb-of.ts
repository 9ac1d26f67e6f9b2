import type { Lb } from '#lib/core/lb.ts'
import type { ClusterLab } from '#lib/testing/cluster/cluster-lab.ts'
import type { Api } from '../support/api.ts'

const tcpCheck = (port: number) => ({
  port,
  check_delay: 1000,
  check_timeout: 1000,
  check_max_retries: 3,
  tcp_config: {},
})

type WithServers = Pick<ClusterLab, 'servers'>

/** The request for a load balancer that answers with the host's letter on port 80, echoes on 81, and has a website on 8000. */
export function lbOf(lab: WithServers, name: string) {
  const servers = lab.servers.map(({ address }) => address)
  const backend = (of: string, forward_port: number, forward_protocol: 'tcp' | 'http') => ({
    name: of,
    forward_protocol,
    forward_port,
    server_ip: servers,
    health_check: tcpCheck(forward_port),
  })
  return {
    name,
    backends: [
      backend('greetings', 8080, 'tcp'),
      backend('echoes', 8081, 'tcp'),
      backend('web', 8082, 'http'),
    ],
    frontends: [
      { name: 'greetings', inbound_port: 80, backend: 'greetings' },
      { name: 'echoes', inbound_port: 81, backend: 'echoes' },
      { name: 'web', inbound_port: 8000, backend: 'web' },
    ],
  }
}

/** The request for one of many load balancers. Its servers are checked rarely, so that only what is measured costs CPU time. */
export function smallLbOf(lab: WithServers, name: string) {
  const { backends, frontends } = lbOf(lab, name)
  const [backend] = backends
  const health_check = { ...tcpCheck(8080), check_delay: 60_000 }
  return { name, backends: [{ ...backend, health_check }], frontends: frontends.slice(0, 1) }
}

/** Creates it. @returns it when it is ready on both of its hosts */
export async function createLb(api: Api, lab: WithServers, name: string): Promise<Lb> {
  const { id } = await api.ok<Lb>('POST', '/lb/v1/regions/fr-par/lbs', lbOf(lab, name))
  await api.waitForApplied(id)
  return api.waitForStatus(id, 'ready')
}

export function addressOf(lb: Lb): string {
  return lb.ip[0]?.ip_address ?? ''
}
