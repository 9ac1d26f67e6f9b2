import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { available } from './available.ts'
import { first } from './first.ts'
import { leastConnections } from './least-connections.ts'
import type { Persistence, Policy } from './policy.ts'
import { roundRobin } from './round-robin.ts'
import { stickyCookie } from './sticky-cookie.ts'
import { stickyTable } from './sticky-table.ts'

const ALGORITHMS: Record<DesiredBackend['algorithm'], Policy> = {
  roundrobin: roundRobin,
  leastconn: leastConnections,
  first,
}

/** How a backend's clients stick to servers; null for not at all. */
export function persistenceOf({ sticky }: DesiredBackend): Persistence | null {
  if (sticky.type === 'cookie') return stickyCookie
  return sticky.type === 'table' ? stickyTable : null
}

/** A backend's policy: stickiness first, then its algorithm. A sticky client whose server is full gets no other. */
export function policyOf(config: DesiredBackend): Policy {
  const algorithm = ALGORITHMS[config.algorithm]
  const persistence = persistenceOf(config)
  if (!persistence) return algorithm
  return (servers, client, exclude) => {
    const own = persistence(servers, client, exclude)
    if (!own) return algorithm(servers, client, exclude)
    return available(own) ? own : null
  }
}
