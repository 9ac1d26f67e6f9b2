import type { DesiredBackend } from '#lib/config/desired.ts'
import type { Server } from '../server.ts'
import { first } from './first.ts'
import { leastConnections } from './least-connections.ts'
import { roundRobin } from './round-robin.ts'
import { stickyCookie } from './sticky-cookie.ts'
import { stickyTable } from './sticky-table.ts'

/** Who a server is chosen for. */
export type Client = {
  readonly address: string
  /** The value of the sticky cookie it sent, if any. */
  readonly cookie: string | null
}

/** Chooses one of the available servers other than `exclude`; null where there is none. */
export type Policy = (
  servers: readonly Server[],
  client: Client,
  exclude: Server | null,
) => Server | null

const ALGORITHMS: Record<DesiredBackend['algorithm'], Policy> = {
  roundrobin: roundRobin,
  leastconn: leastConnections,
  first,
}

/** The policy of a backend: its algorithm, with stickiness around it. */
export function policyOf({ algorithm, sticky }: DesiredBackend): Policy {
  const policy = ALGORITHMS[algorithm]
  if (sticky.type === 'cookie') return stickyCookie(policy)
  if (sticky.type === 'table') return stickyTable
  return policy
}
