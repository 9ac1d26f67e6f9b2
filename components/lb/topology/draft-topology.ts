import type { Ip } from '#lib/core/ip.ts'
import type { LbValues } from '../form/lb-values.ts'
import { serverLines } from '../form/typed-text.ts'
import { shownServers } from './shown-servers.ts'
import type { Part, Topology } from './topology-model.ts'

const INSTANCES: Topology['instances'] = [
  { key: 'master', title: 'Master', detail: 'Serves', tone: 'neutral', active: true },
  { key: 'backup', title: 'Backup', detail: 'Takes over', tone: 'neutral', active: false },
]

const protocolText = (protocol: string, port: string) => `${protocol.toUpperCase()} ${port || '…'}`

function serverParts(key: string, text: string): Part[] {
  const lines = serverLines(text)
  return lines.map(({ address }, index) => ({
    key: `${key}/${index}`,
    title: address,
    detail: 'Server',
    tone: 'neutral',
  }))
}

/** The picture of a load balancer while its form is filled in. @param ip the selected conserved address; null for a new one */
export function draftTopology(values: LbValues, ip: Ip | null): Topology {
  const keys = new Set(values.backends.map(({ key }) => key))
  return {
    address: {
      key: 'address',
      title: ip?.ip_address ?? 'Allocated automatically',
      detail: 'Highly available IP',
      tone: 'neutral',
    },
    instances: INSTANCES,
    frontends: values.frontends.map(({ name, protocol, port, backend }, index) => ({
      key: String(index),
      title: name || 'Frontend',
      detail: protocolText(protocol, port),
      tone: 'neutral',
      backend: keys.has(backend) ? backend : null,
    })),
    backends: values.backends.map(({ key, name, protocol, port, servers }) => ({
      key,
      title: name || 'Backend',
      detail: protocolText(protocol, port),
      tone: 'neutral',
      ...shownServers(serverParts(key, servers)),
    })),
  }
}
