import type { Reader } from '../../store/reader.ts'
import type { AclRow, BackendRow, FrontendRow, RouteRow, Tables } from '../../store/tables.ts'
import type { LimitedRules } from './rule-limits.ts'

/** All rules of a load balancer by ID. */
export type RuleSet = {
  backends: Map<string, BackendRow>
  frontends: Map<string, FrontendRow>
  routes: Map<string, RouteRow>
  acls: Map<string, AclRow>
}

export async function loadRuleSet(reader: Reader, lbId: string): Promise<RuleSet> {
  const rowsOf = async <T extends 'backends' | 'frontends' | 'routes' | 'acls'>(table: T) => {
    const rows = await reader
      .selectFrom(table as 'backends')
      .selectAll()
      .where('lb_id', '=', lbId)
      .execute()
    return new Map(rows.map((row) => [row.id, row as unknown as Tables[T]]))
  }
  return {
    backends: await rowsOf('backends'),
    frontends: await rowsOf('frontends'),
    routes: await rowsOf('routes'),
    acls: await rowsOf('acls'),
  }
}

/** The rules with these rows added, or replaced if their IDs exist. */
export function withRules(
  rules: RuleSet,
  backends: readonly BackendRow[],
  frontends: readonly FrontendRow[],
): RuleSet {
  return {
    ...rules,
    backends: new Map([...rules.backends, ...backends.map((row) => [row.id, row] as const)]),
    frontends: new Map([...rules.frontends, ...frontends.map((row) => [row.id, row] as const)]),
  }
}

/** The part of the rules that the limits cover. */
export function limitedRules({ frontends, acls, routes }: RuleSet): LimitedRules {
  return {
    frontends: [...frontends.values()],
    acls: [...acls.values()],
    routes: [...routes.values()],
  }
}
