import type { EgressPolicy } from '#lib/config/egress-policy.ts'
import { backendConflicts, cookieNameProblems, withoutEffect } from '#lib/core/backend.ts'
import { portTaken, protocolMismatch } from '#lib/core/create-lb.ts'
import type { Protocol } from '#lib/core/protocol.ts'
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
    ...withoutEffect(row),
    ...backendConflicts(row),
    ...cookieNameProblems(row, before),
  ])
}

/** What is wrong with a frontend among the rules as they would be. `spoken` is what it is meant to speak. */
export function frontendRowProblems(
  row: FrontendRow,
  rules: RuleSet,
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
  const twin = [...rules.frontends.values()].find(
    ({ id, inbound_port: port }) => port === row.inbound_port && id !== row.id,
  )
  if (twin) {
    problems.push({ field: 'inbound_port', message: portTaken(row.inbound_port, twin.name) })
  }
  return prefixed(prefix, problems)
}
