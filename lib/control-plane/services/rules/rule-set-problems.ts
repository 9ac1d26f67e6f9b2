import { backendConflicts, cookieNameProblems, settingsWithoutEffect } from '#lib/core/backend.ts'
import { portTaken, protocolMismatch } from '#lib/core/create-lb.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import type { EgressPolicy } from '#lib/protocol/egress-policy.ts'
import { newlyDeniedServers } from '../../egress/denied-servers.ts'
import type { FieldProblem } from '../../errors.ts'
import type { BackendRow, FrontendRow } from '../../store/tables.ts'
import type { RuleSet } from './rule-set.ts'

/** Problems of a part of a request, with the path of that part before each field: "backends.0". */
export const prefixed = (prefix: string, problems: FieldProblem[]): FieldProblem[] =>
  problems.map(({ field, message }) => ({ field: `${prefix}.${field}`, message }))

/** Problems of a backend's row after a change. `prefix` is its path in the request. */
export function backendRowProblems(
  before: BackendRow,
  row: BackendRow,
  policy: EgressPolicy,
  prefix: string,
): FieldProblem[] {
  return prefixed(prefix, [
    ...newlyDeniedServers(before, row, policy),
    ...newlyWithoutEffect(before, row),
    ...backendConflicts(row),
    ...cookieNameProblems(row, before),
  ])
}

/** The frontends by port. Rules that are still being validated may have several on a port. */
export function frontendsByPort({ frontends }: RuleSet): Map<number, FrontendRow[]> {
  return Map.groupBy(frontends.values(), ({ inbound_port }) => inbound_port)
}

/** New settings without effect are refused. Scaleway's calls accept them, so a backend may have some already and keeps those. */
function newlyWithoutEffect(before: BackendRow, row: BackendRow): FieldProblem[] {
  const had = settingsWithoutEffect(before).map(({ field }) => field)
  const isKept = (field: string) =>
    had.includes(field) && before[field as keyof BackendRow] === row[field as keyof BackendRow]
  return settingsWithoutEffect(row).filter(({ field }) => !isKept(field))
}

/** Problems of a frontend's row among the rules after a change. `protocol` is the one in the request. */
export function frontendRowProblems(
  row: FrontendRow,
  rules: RuleSet,
  byPort: ReadonlyMap<number, FrontendRow[]>,
  protocol: Protocol | undefined,
  prefix: string,
): FieldProblem[] {
  const problems: FieldProblem[] = []
  const backend = rules.backends.get(row.backend_id)
  if (!backend) {
    const message = `This load balancer has no backend ${row.backend_id}.`
    problems.push({ field: 'backend_id', message })
  }
  const mismatch = backend && protocolMismatch(protocol, backend)
  if (mismatch) problems.push({ field: 'protocol', message: mismatch })
  const other = byPort.get(row.inbound_port)?.find(({ id }) => id !== row.id)
  if (other) {
    problems.push({ field: 'inbound_port', message: portTaken(row.inbound_port, other.name) })
  }
  return prefixed(prefix, problems)
}
