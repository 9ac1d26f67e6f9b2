import { deniedTarget, type EgressPolicy } from '#lib/protocol/egress-policy.ts'
import type { FieldProblem } from '../errors.ts'
import type { BackendRow } from '../store/tables.ts'

/** Servers, and the ports that traffic and health checks go to. */
type Targets = { servers: string[]; ports: number[] }

type Rows = Pick<BackendRow, 'servers' | 'forward_port' | 'health_check'>

function targetsOf({ servers, forward_port, health_check }: Rows): Targets {
  return { servers, ports: [...new Set([forward_port, health_check.port])] }
}

/** The servers that the egress policy denies, with the reason; fields are `server_ip.0`, …. */
export function deniedServers({ servers, ports }: Targets, policy: EgressPolicy): FieldProblem[] {
  return servers.flatMap((address, index) => {
    const reasons = ports.flatMap((port) => deniedTarget({ address, port }, policy) ?? [])
    return reasons.slice(0, 1).map((message) => ({ field: `server_ip.${index}`, message }))
  })
}

/**
 * The servers of a changed backend that the egress policy denies, except those that it already had on the same ports: they may have
 * been accepted under another policy, and must not prevent other changes.
 */
export function newlyDeniedServers(
  before: Rows | null,
  after: Rows,
  policy: EgressPolicy,
): FieldProblem[] {
  const targets = targetsOf(after)
  const known = before && targetsOf(before)
  const problems = deniedServers(targets, policy)
  if (!known || !targets.ports.every((port) => known.ports.includes(port))) return problems
  const had = new Set(known.servers)
  return problems.filter(({ field }) => {
    const address = after.servers[Number(field.split('.')[1])]
    return !had.has(address ?? '')
  })
}
