import { deniedTarget, type EgressPolicy } from '#lib/protocol/egress-policy.ts'
import type { FieldProblem } from '../errors.ts'
import type { BackendRow } from '../store/tables.ts'

/** Servers, and the ports that traffic and health checks go to. */
type Targets = { servers: string[]; ports: number[] }

type Rows = Pick<BackendRow, 'servers' | 'forward_port' | 'health_check'>

function targetsOf({ servers, forward_port, health_check }: Rows): Targets {
  return { servers, ports: [...new Set([forward_port, health_check.port])] }
}

/** Which servers the egress policy denies, and why; by `server_ip.0`, as requests name them. */
export function deniedServers({ servers, ports }: Targets, policy: EgressPolicy): FieldProblem[] {
  return servers.flatMap((address, index) => {
    const reasons = ports.flatMap((port) => deniedTarget({ address, port }, policy) ?? [])
    return reasons.slice(0, 1).map((message) => ({ field: `server_ip.${index}`, message }))
  })
}

/**
 * Which of a backend's servers the egress policy denies. Those that it had before on the same ports may stay in the request:
 * they may have been accepted under another setting, and must not keep the backend from being changed.
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
