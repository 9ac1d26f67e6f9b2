import { type BackendPart, type Part, SERVERS_SHOWN } from './topology-model.ts'

/** The servers of a backend that a picture shows, failed ones first, and the number of the others. */
export function shownServers(servers: Part[]): { servers: Part[]; more: number } {
  if (servers.length <= SERVERS_SHOWN + 1) return { servers, more: 0 }
  const failing = servers.filter(({ tone }) => tone === 'danger')
  const others = servers.filter(({ tone }) => tone !== 'danger')
  const drawn = [...failing, ...others].slice(0, SERVERS_SHOWN)
  return { servers: drawn, more: servers.length - drawn.length }
}

/** The box for the servers of a backend that are not shown; empty where all are. */
export function hiddenServersPart({ key, more, href }: BackendPart): Part[] {
  if (more === 0) return []
  const part = {
    key: `${key}/more`,
    title: `${more} more`,
    detail: 'Servers',
    tone: 'neutral',
  } as const
  return [href === undefined ? part : { ...part, href }]
}
