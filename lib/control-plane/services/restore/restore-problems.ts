import { backendConflicts } from '#lib/core/backend.ts'
import type { EgressPolicy } from '#lib/protocol/egress-policy.ts'
import { newlyDeniedServers } from '../../egress/denied-servers.ts'
import { ApiError, PROBLEMS_MAX } from '../../errors.ts'
import { sizeOfRules, sizeProblems } from '../rules/lb-size.ts'
import { protocolConflicts } from '../rules/protocol-conflicts.ts'
import { limitProblems } from '../rules/rule-limits.ts'
import type { StateRows } from './lb-state.ts'
import { storedValueProblems } from './stored-value-problems.ts'

/** @throws ApiError 412 with every reason why the state, which was valid in the past, is not valid now */
export function refuseUnrestorable(now: StateRows, next: StateRows, policy: EgressPolicy): void {
  const known = new Map(now.backends.map((row) => [row.id, row]))
  const reasons = [
    ...next.backends.flatMap((row) =>
      [...newlyDeniedServers(known.get(row.id) ?? null, row, policy), ...backendConflicts(row)].map(
        ({ message }) => `Backend "${row.name}": ${message}`,
      ),
    ),
    ...storedValueProblems(now, next),
    ...protocolConflicts({
      backends: byId(next.backends),
      frontends: byId(next.frontends),
      routes: byId(next.routes),
      acls: byId(next.acls),
    }),
    ...limitProblems(now, next),
    ...sizeProblems(sizeOfRules(now), sizeOfRules(next)).map(({ message }) => message),
  ]
  if (reasons.length > 0) throw cannotRestore(reasons)
}

/** @param all the reasons; the first `PROBLEMS_MAX` are returned */
export function cannotRestore(all: string[]): ApiError {
  const reasons = all.slice(0, PROBLEMS_MAX)
  return new ApiError(412, {
    help_message: `It can't be restored. ${reasons.join(' ')}`,
    message: 'precondition is not respected',
    precondition: 'cannot_restore',
    reasons,
    type: 'precondition_failed',
  })
}

function byId<Row extends { id: string }>(rows: Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.id, row]))
}
