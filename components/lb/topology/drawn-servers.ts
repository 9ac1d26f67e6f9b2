import { type Part, SERVERS_DRAWN } from './topology-model.ts'

/** The servers of a backend that a picture shows, failed ones first, and the number of the others. */
export function shownServers(servers: Part[]): { servers: Part[]; more: number } {
  if (servers.length <= SERVERS_DRAWN + 1) return { servers, more: 0 }
  const failing = servers.filter(({ tone }) => tone === 'danger')
  const others = servers.filter(({ tone }) => tone !== 'danger')
  const drawn = [...failing, ...others].slice(0, SERVERS_DRAWN)
  return { servers: drawn, more: servers.length - drawn.length }
}
