import { backendConflicts, cookieNameProblems, settingsWithoutEffect } from '#lib/core/backend.ts'
import { portTaken, protocolMismatch } from '#lib/core/create-lb.ts'
import type { Protocol } from '#lib/core/protocol.ts'
import type { EgressPolicy } from '#lib/protocol/egress-policy.ts'
import { newlyDeniedServers } from '../../egress/denied-servers.ts'
import type { FieldProblem } from '../../errors.ts'
import type { BackendRow, FrontendRow } from '../../store/tables.ts'
import type { RuleSet } from './rule-set.ts'

/** Problems of a part of a request, by their place in it. */
export const prefixed = (prefix: string, problems: FieldProblem[]): FieldProblem[] =>
  problems.map(({ field, message }) => ({ field: `${prefix}.${field}`, message }))

/** What is wrong with a backend as it would be, after what it was; `prefix` leads each field: "backends.0". */
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

/** Which frontends listen on each port. More than one may while a request is checked. */
export function frontendsByPort({ frontends }: RuleSet): Map<number, FrontendRow[]> {
  return Map.groupBy(frontends.values(), ({ inbound_port }) => inbound_port)
}

/** Settings without effect are refused where they are made. What the backend had before may stay: the API takes it. */
function newlyWithoutEffect(before: BackendRow, row: BackendRow): FieldProblem[] {
  const had = settingsWithoutEffect(before).map(({ field }) => field)
  const isKept = (field: string) =>
    had.includes(field) && before[field as keyof BackendRow] === row[field as keyof BackendRow]
  return settingsWithoutEffect(row).filter(({ field }) => !isKept(field))
}

/** What is wrong with a frontend among the rules as they would be. `spoken` is what it is meant to speak. */
export function frontendRowProblems(
  row: FrontendRow,
  rules: RuleSet,
  byPort: ReadonlyMap<number, FrontendRow[]>,
  spoken: Protocol | undefined,
  prefix: string,
): FieldProblem[] {
  const problems: FieldProblem[] = []
  const backend = rules.backends.get(row.backend_id)
  if (!backend) {
    const message = `This load balancer has no backend ${row.backend_id}.`
    problems.push({ field: 'backend_id', message })
  }
  const mismatch = backend && protocolMismatch(spoken, backend)
  if (mismatch) problems.push({ field: 'protocol', message: mismatch })
  const twin = byPort.get(row.inbound_port)?.find(({ id }) => id !== row.id)
  if (twin) {
    problems.push({ field: 'inbound_port', message: portTaken(row.inbound_port, twin.name) })
  }
  return prefixed(prefix, problems)
}
