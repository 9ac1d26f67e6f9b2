import type { DesiredBackend } from '#lib/protocol/desired-config.ts'
import { first, leastConnections, roundRobin } from './algorithms.ts'
import { available, type Persistence, type Policy } from './policy.ts'
import { stickyCookie, stickyTable } from './stickiness.ts'

const ALGORITHMS: Record<DesiredBackend['algorithm'], Policy> = {
  roundrobin: roundRobin,
  leastconn: leastConnections,
  first,
}

/** The persistence of a backend's sticky sessions; null without them. */
export function persistenceOf({ sticky }: DesiredBackend): Persistence | null {
  if (sticky.type === 'cookie') return stickyCookie
  return sticky.type === 'table' ? stickyTable : null
}

/** A backend's policy: stickiness first, then its algorithm. A sticky client whose server is full gets no other server. */
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
