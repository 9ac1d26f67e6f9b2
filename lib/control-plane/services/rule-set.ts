import type { Reader } from '../store/store.ts'
import type { BackendRow, FrontendRow } from '../store/tables.ts'

/** All rules of a load balancer, by their ids. */
export type RuleSet = { backends: Map<string, BackendRow>; frontends: Map<string, FrontendRow> }

export async function loadRuleSet(reader: Reader, lbId: string): Promise<RuleSet> {
  const backends = await reader
    .selectFrom('backends')
    .selectAll()
    .where('lb_id', '=', lbId)
    .execute()
  const frontends = await reader
    .selectFrom('frontends')
    .selectAll()
    .where('lb_id', '=', lbId)
    .execute()
  return {
    backends: new Map(backends.map((row) => [row.id, row])),
    frontends: new Map(frontends.map((row) => [row.id, row])),
  }
}

/** The rules once these rows have taken the place of those with their ids. */
export function withRules(
  rules: RuleSet,
  backends: readonly BackendRow[],
  frontends: readonly FrontendRow[],
): RuleSet {
  return {
    backends: new Map([...rules.backends, ...backends.map((row) => [row.id, row] as const)]),
    frontends: new Map([...rules.frontends, ...frontends.map((row) => [row.id, row] as const)]),
  }
}
